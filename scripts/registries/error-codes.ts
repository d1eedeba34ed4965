// Every code of an error or a warning, by package, with what it means: out of the types that declare them, and, where a code stands
// only where it is thrown, with the words that are thrown.
import ts from 'typescript'
import { published } from '../package-metadata.ts'
import { cell, commentBefore, every, head, inOneLine, sourcesIn, table } from './source.ts'
import { hasWords, wordsOf } from './words.ts'

const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/
const TYPE = /(?:Error|Usage|Fault|Limit|Problem|Warning)Code$/

/** A code with its meaning, and where it comes from: a type's name or an error's. */
interface Code {
  readonly code: string
  readonly kind: string
  readonly meaning: string
}

/** What begins in the middle of a sentence, as one of its own. */
const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** Meanings listed in a comment: a dash, codes, a colon, words. */
const listedIn = (comment: string): ReadonlyMap<string, string> => {
  const meanings = new Map<string, string>()
  for (const [, codes = '', words = ''] of `${comment}\n`.matchAll(
    /^- ((?:`[A-Z0-9_]+`,?\s+)*`[A-Z0-9_]+`): ([^]*?)(?=\n- |\n\n|\n$)/gm,
  )) {
    for (const [, code = ''] of codes.matchAll(/`([A-Z0-9_]+)`/g)) meanings.set(code, sentence(words))
  }
  return meanings
}

/** The codes that types of a file declare. */
const declaredIn = (source: ts.SourceFile): readonly Code[] => {
  const types = every(source, ts.isTypeAliasDeclaration).filter(({ name }) => TYPE.test(name.text))
  const comments = types.map((type) => commentBefore(source, type.getFullStart()))
  const listed = new Map(comments.flatMap((comment) => [...listedIn(comment)]))
  return types.flatMap((type, i) => {
    const literals = every(type.type, ts.isLiteralTypeNode).filter(({ literal }) =>
      ts.isStringLiteral(literal),
    )
    // What a type says of its only code stands before the type.
    const own =
      literals.length === 1
        ? (comments[i] ?? '').replace(/^What can be wrong[^:]*: (.)/, (_, first: string) =>
            first.toUpperCase(),
          )
        : ''
    return literals.flatMap((literal) => {
      const code = (literal.literal as ts.StringLiteral).text
      if (!CODE.test(code)) return []
      const bar = literal.parent.getChildren().flatMap((each) => each.getChildren())
      const before = bar[bar.indexOf(literal) - 1]
      const start = before?.kind === ts.SyntaxKind.BarToken ? before.getFullStart() : literal.getFullStart()
      const said = commentBefore(source, start) || commentBefore(source, literal.getFullStart())
      return [{ code, kind: kindOf(type.name.text), meaning: said || listed.get(code) || own }]
    })
  })
}

/** The class that carries the codes of a type. */
const kindOf = (type: string): string => {
  if (type.startsWith('Session')) return type.endsWith('WarningCode') ? '`warning` event' : '`ProtocolError`'
  if (type === 'ClientErrorCode') return '`RtmpClientError`'
  if (type === 'PlayerErrorCode') return '`PlayerError`'
  if (type === 'DirectoryErrorCode') return '`DirectoryError`'
  if (type.endsWith('LimitCode')) return '`ProtocolError`'
  return type.includes('Usage') || type.startsWith('Registration') ? '`UsageError`' : '`DecodeError`'
}

/** Whether a meaning tells anything. */
export const isSilent = (meaning: string): boolean => !hasWords(meaning.replace(/^says: /, ''))

/** The codes that stand only where they are thrown. */
const thrownIn = (source: ts.SourceFile, known: ReadonlySet<string>): readonly Code[] =>
  every(source, ts.isNewExpression).flatMap((thrown) => {
    const kind = thrown.expression.getText()
    const [code, words] = thrown.arguments ?? []
    if (!/^(?:Usage|Decode|Protocol)Error$/.test(kind) || code === undefined) return []
    const text = wordsOf(code)
    if (!CODE.test(text) || known.has(text)) return []
    return [
      { code: text, kind: `\`${kind}\``, meaning: words === undefined ? '' : `says: ${wordsOf(words)}` },
    ]
  })

/** The codes of a package, each once for each kind of error. */
export const codesOf = (folder: string): readonly Code[] => {
  const sources = sourcesIn(`${folder}/src`)
  const declared = sources.flatMap(declaredIn)
  const known = new Set(declared.map(({ code }) => code))
  const thrown = sources.flatMap((source) => thrownIn(source, known))
  const once = new Map<string, Code>()
  for (const each of [...declared, ...thrown]) {
    const key = `${each.code} ${each.kind}`
    // Where it is thrown in several places, the first one that says something.
    const meaning = once.get(key)?.meaning ?? ''
    if (isSilent(meaning)) once.set(key, each)
  }
  return [...once.values()]
}

/** The whole page. */
export const errorCodesPage = (): string => {
  const sections = published.flatMap(([name, folder]) => {
    const codes = codesOf(folder)
    if (codes.length === 0) return []
    const rows = codes.map(({ code, kind, meaning }) => [`\`${code}\``, kind, cell(meaning)])
    return [`## @rtmp/${name}\n\n${table(['Code', 'Carried by', 'When'], rows)}\n`]
  })
  return [
    head(
      'Error codes',
      'the types and the places that throw',
      inOneLine(`Every error of these packages has a \`code\` that is stable under semver; its \`message\` is for people, and may change.
        \`DecodeError\`: bytes that cannot be. \`ProtocolError\`: legal bytes that go over a bound, or a peer that does not behave.
        \`UsageError\`: a mistake of the caller, with the \`path\` to it. A package also throws the codes of those below it, such as
        \`NOT_BYTES\` of \`@rtmp/bytes\`. Where the meaning is what the error says, \`{name}\` stands for what differs, \`[…]\` for what is
        there at times.`),
    ),
    ...sections,
  ].join('\n')
}
