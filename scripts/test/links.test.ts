// Links of the documents: files that are there, headings that are there.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { manifestOf, root } from '../package-metadata.ts'

/** Documents below a folder, but for what is installed, built or generated. */
const below = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory())
      return /^(?:node_modules|dist|api|reports|\.git|\.turbo|\.changeset)$/.test(entry.name)
        ? []
        : below(path)
    return entry.name.endsWith('.md') && entry.name !== 'CHANGELOG.md' ? [path] : []
  })
const pages = below('.')

const { repository } = manifestOf('.')
const page = (repository as { url: string }).url.replace(/^git\+|\.git$/g, '')

/** The name under which a heading is linked to, as forges and VitePress make it. */
const anchor = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

const textOf = (path: string): string =>
  readFileSync(join(root, path), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')
const anchorsOf = (path: string): ReadonlySet<string> =>
  new Set([
    ...[...textOf(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading)),
    ...[...textOf(path).matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id),
  ])

/** What is wrong with a link; empty when nothing is. Other people's pages are not looked at: they are on the network. */
const fault = (from: string, link: string): string => {
  const own = link.startsWith(page)
    ? link.slice(page.length).replace(/^\/(?:blob|tree)\/main\//, '/')
    : undefined
  if (own !== undefined && !own.startsWith('/')) return ''
  if (own === undefined && /^[a-z]+:/i.test(link)) return ''
  const [path = '', fragment] = (own ?? link).split('#')
  if (/^\/(?:issues|security)/.test(path) && own !== undefined) return ''
  const target = path === '' ? from : own === undefined ? join(dirname(from), path) : path.slice(1)
  if (!existsSync(join(root, target))) return `${link}: there is no ${relative('', target)}`
  if (fragment === undefined || fragment === 'readme' || !target.endsWith('.md')) return ''
  return anchorsOf(target).has(fragment) ? '' : `${link}: ${target} has no such heading`
}

test.each(pages)('%s links to what is there', (path) => {
  const links = [...textOf(path).matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, link = '']) => link)
  expect(links.map((link) => fault(path, link)).filter((text) => text !== '')).toEqual([])
})
