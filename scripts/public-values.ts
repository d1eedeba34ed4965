// What a package's main entry point gives to be called: functions and classes, with their docstrings, read from the sources.
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { manifestOf, root } from './package-metadata.ts'
import { parse } from './registries/source.ts'

/** A function or a class that can be imported. */
export interface PublicValue {
  readonly name: string
  readonly kind: 'function' | 'class'
  /** Its docstring as it is written; empty without one. */
  readonly comment: string
  /** Where it stands, from the root of the repository. */
  readonly file: string
}

/** The file and the name there of everything that a file exports by name. */
const exportsOf = (
  source: ts.SourceFile,
): readonly (readonly [name: string, file: string, there: string])[] =>
  source.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.isTypeOnly) return []
    const { exportClause, moduleSpecifier } = statement
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return []
    if (!moduleSpecifier.text.startsWith('.')) return []
    const file = relative(root, join(root, dirname(source.fileName), moduleSpecifier.text))
    if (exportClause === undefined) return exportsOf(parse(file))
    if (!ts.isNamedExports(exportClause)) return []
    return exportClause.elements
      .filter(({ isTypeOnly }) => !isTypeOnly)
      .map(({ name, propertyName }) => [name.text, file, (propertyName ?? name).text] as const)
  })

const commentOf = (source: ts.SourceFile, node: ts.Node): string => {
  const range = ts.getLeadingCommentRanges(source.text, node.getFullStart())?.at(-1)
  const text = range === undefined ? '' : source.text.slice(range.pos, range.end)
  return text.startsWith('/**') ? text : ''
}

const isFunction = (value: ts.Expression | undefined): boolean =>
  value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))

/** A declaration of a file by its name, when it can be called or made anew. */
const declaredIn = (source: ts.SourceFile, name: string): Omit<PublicValue, 'name' | 'file'> | undefined => {
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name?.text === name)
      return { kind: 'function', comment: commentOf(source, statement) }
    if (ts.isClassDeclaration(statement) && statement.name?.text === name)
      return { kind: 'class', comment: commentOf(source, statement) }
    if (!ts.isVariableStatement(statement)) continue
    const found = statement.declarationList.declarations.find((each) => each.name.getText() === name)
    const value = found?.initializer
    if (isFunction(value)) return { kind: 'function', comment: commentOf(source, statement) }
    // A class whose constructor alone is shown.
    if (value !== undefined && ts.isIdentifier(value) && declaredIn(source, value.text)?.kind === 'class')
      return { kind: 'class', comment: commentOf(source, statement) }
  }
  return undefined
}

const valueOf = (name: string, file: string, there: string): PublicValue | undefined => {
  const source = parse(file)
  const declared = declaredIn(source, there)
  if (declared !== undefined) return { name, file, ...declared }
  const passedOn = exportsOf(source).find(([exported]) => exported === there)
  return passedOn === undefined ? undefined : valueOf(name, passedOn[1], passedOn[2])
}

/** The source of each entry point of a package, by the name that it is imported by. */
const entriesOf = (folder: string): readonly (readonly [name: string, file: string])[] => {
  const { name, exports } = manifestOf(folder)
  return Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === 'string' || target['@rtmp/source'] === undefined
      ? []
      : [[name + entry.slice(1), join(folder, target['@rtmp/source'])] as const],
  )
}

/**
 * Where each value of a package is imported from, by its name.
 *
 * @param from - A file of it: where several entry points have a name, the one that has it from there.
 */
export const importsOf = (folder: string, from: string): ReadonlyMap<string, string> => {
  const all = entriesOf(folder).flatMap(([entry, file]) =>
    exportsOf(parse(file)).map(([name, source]) => ({ name, entry, isOwn: source === from })),
  )
  const first = all.toReversed().map(({ name, entry }) => [name, entry] as const)
  const own = all.filter(({ isOwn }) => isOwn).map(({ name, entry }) => [name, entry] as const)
  return new Map([...first, ...own])
}

/** What the main entry point of a package gives to be called. */
export const publicValues = (folder: string): readonly PublicValue[] => {
  const [main] = entriesOf(folder)
  return main === undefined
    ? []
    : exportsOf(parse(main[1])).flatMap(([name, from, there]) => valueOf(name, from, there) ?? [])
}
