// What is tolerated of others, layer by layer: the sections of the READMEs, the codes of what is reported and not refused, and the
// requirements that deployed software made, with the case that tries each.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { published, root } from '../package-metadata.ts'
import { codesOf } from './error-codes.ts'
import { cell, head, inOneLine, table } from './source.ts'

/** The sections of a README that say what is tolerated. */
const toleratedIn = (folder: string): string => {
  const text = readFileSync(join(root, folder, 'README.md'), 'utf8')
  const sections = [...text.matchAll(/^## (?:Tolerated|Damaged files)[^\n]*\n([^]*?)(?=^## )/gm)]
  return sections.map(([, section = '']) => section.trim()).join('\n\n')
}

/** What is told to a listener and goes on: codes of types that say so. */
const TOLD: Readonly<Record<string, (kind: string, code: string) => boolean>> = {
  session: (kind) => kind === '`warning` event',
  'e-rtmp': (_, code) => FAULTS.test(code),
}
const FAULTS = /^ERTMP_(?:RESERVED_|UNKNOWN_|NANO_|PACKET_TYPE_|SURPLUS_|INCOMPLETE_)/

const toldBy = (name: string, folder: string): string => {
  const isTold = TOLD[name]
  if (isTold === undefined) return ''
  const rows = codesOf(folder).filter(({ kind, code }) => isTold(kind, code))
  return table(
    ['Told as', 'What'],
    rows.map(({ code, meaning }) => [`\`${code}\``, cell(meaning)]),
  )
}

interface Requirement {
  readonly id: string
  readonly level: string
  readonly sends: string
  readonly expects: string
}

const requirements = (): string => {
  const path = join(root, 'packages/conformance/catalogue.json')
  const { rows } = JSON.parse(readFileSync(path, 'utf8')) as { readonly rows: readonly Requirement[] }
  return table(
    ['Case', 'What is sent', 'What is expected'],
    rows
      .filter(({ level }) => level === 'INTEROP')
      .map(({ id, sends, expects }) => [id, cell(sends), cell(expects)]),
  )
}

/** The whole page. */
export const toleratedPage = (): string => {
  const sections = published.flatMap(([name, folder]) => {
    const text = [toleratedIn(folder), toldBy(name, folder)].filter((each) => each !== '').join('\n\n')
    return text === '' ? [] : [`## @rtmp/${name}\n\n${text}\n`]
  })
  return [
    head(
      'What is tolerated',
      'the READMEs, the codes of warnings and the conformance catalogue',
      inOneLine(`Deployed software does not keep to the specifications, and is understood all the same: lenient in, strict out. Each oddity has a
        vector or a case. With \`strict\` a layer refuses what it would tolerate. [Other programs](peers.md) tells who does what.`),
    ),
    ...sections,
    '## Requirements that deployed software made\n',
    `Not in a specification, or the specification leaves it open. \`npx @rtmp/conformance\` tries each; [conformance](conformance.md).\n`,
    `${requirements()}\n`,
  ].join('\n')
}
