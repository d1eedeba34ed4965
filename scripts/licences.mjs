// The licences of other people's packages that are part of a file made by esbuild.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The folder of the package that a file belongs to; undefined for files that are not installed. */
const packageOf = (file) => {
  if (!file.includes('node_modules/')) return undefined
  let folder = dirname(resolve(file))
  while (
    !existsSync(join(folder, 'package.json')) ||
    !('name' in JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  ) {
    folder = dirname(folder)
  }
  return folder
}

/** Text with name, version and licence of each package in a metafile of esbuild. */
export const licencesOf = (metafile) => {
  const folders = new Set(
    Object.keys(metafile.inputs)
      .map(packageOf)
      .filter((folder) => folder !== undefined),
  )
  const notices = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((each) => /^(?:licen[cs]e|copying)/i.test(each))
    const text = file === undefined ? '' : `\n\n${readFileSync(join(folder, file), 'utf8').trim()}`
    return `${name} ${version} (${license})${text}\n`
  })
  return `These packages are part of the files beside this one.\n\n${notices.toSorted().join(`\n${'-'.repeat(78)}\n\n`)}`
}
