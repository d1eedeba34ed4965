// What the registries read: sources as syntax trees, their comments, and cells of tables.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../package-metadata.ts'

export const parse = (path: string): ts.SourceFile =>
  ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2022, true)

/** The sources below a folder, in order. */
export const sourcesIn = (folder: string): readonly ts.SourceFile[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('arbitraries'))
    .toSorted()
    .map((name) => parse(`${folder}/${name}`))

/** All nodes of a tree that are of a kind. */
export const every = <Node extends ts.Node>(
  node: ts.Node,
  isKind: (each: ts.Node) => each is Node,
  found: Node[] = [],
): readonly Node[] => {
  if (isKind(node)) found.push(node)
  ts.forEachChild(node, (child) => void every(child, isKind, found))
  return found
}

/** The words of the last comment before a place: without its stars, as lines. */
export const commentBefore = (source: ts.SourceFile, position: number): string => {
  const last = ts.getLeadingCommentRanges(source.text, position)?.at(-1)
  const text = last === undefined ? '' : source.text.slice(last.pos, last.end)
  if (!text.startsWith('/**')) return ''
  return text
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
}

/** What a constant was given where it was declared, seen from where it is used; `undefined` when that is not in the file. */
export const declaredAs = (use: ts.Identifier): ts.Expression | undefined => {
  for (let scope: ts.Node = use; scope.parent !== undefined; scope = scope.parent) {
    const found = scope.parent
      .getChildren()
      .flatMap((each) => (each.kind === ts.SyntaxKind.SyntaxList ? each.getChildren() : [each]))
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => [...declarationList.declarations])
      .find(({ name }) => name.getText() === use.text)
    if (found?.initializer !== undefined) return found.initializer
  }
  return undefined
}

/** A comment as words for people: in one line, without what only editors understand. */
export const inOneLine = (words: string): string =>
  words
    .replaceAll(/\{@link ([^}\s]+)[^}]*\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim()

export const cell = (words: string): string => inOneLine(words).replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** A table. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n')
}

/** A page's beginning. */
export const head = (title: string, from: string, words: string): string =>
  `# ${title}\n\n<!-- Written by scripts/write-registries.ts from ${from}; do not edit. -->\n\n${words}\n`
