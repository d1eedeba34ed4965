// What the server tells: its events, and the lines of its log.
import ts from 'typescript'
import { cell, commentBefore, declaredAs, every, head, inOneLine, parse, sourcesIn, table } from './source.ts'
import { wordsOf } from './words.ts'

const LEVELS = ['debug', 'info', 'warn', 'error']

/** The facts of an event: its own, and the types whose facts it has too. */
const factsOf = (type: ts.TypeNode): readonly string[] => {
  if (ts.isIntersectionTypeNode(type)) return type.types.flatMap(factsOf)
  if (ts.isTypeLiteralNode(type)) return type.members.map(({ name }) => `\`${name?.getText() ?? ''}\``)
  return [`all of \`${type.getText()}\``]
}

const eventRows = (): readonly (readonly string[])[] => {
  const source = parse('packages/server/src/contract/events.ts')
  const contract = every(source, ts.isInterfaceDeclaration).find(({ name }) => name.text === 'ServerEvents')
  return (contract?.members ?? ([] as readonly ts.TypeElement[]))
    .filter(ts.isPropertySignature)
    .map((member) => [
      `\`${member.name.getText()}\``,
      cell(commentBefore(source, member.getFullStart())),
      member.type === undefined ? '' : factsOf(member.type).join(', '),
    ])
}

/** The levels that an expression can mean; a function of the same file is looked into. */
const levelsIn = (node: ts.Node): readonly string[] => {
  const said = every(node, ts.isStringLiteral).flatMap(({ text }) => (LEVELS.includes(text) ? [text] : []))
  const meant = every(node, ts.isIdentifier).flatMap((name) => {
    const found = declaredAs(name)
    return found === undefined || found.pos === node.pos ? [] : levelsIn(found)
  })
  return LEVELS.filter((level) => said.includes(level) || meant.includes(level))
}

/** A line of the log, as it is written somewhere. */
interface Line {
  readonly event: string
  readonly levels: readonly string[]
  readonly words: string
}

/** The name that facts give their event. */
const eventIn = (facts: ts.Expression): string | undefined => {
  const given = ts.isIdentifier(facts) ? declaredAs(facts) : facts
  if (given === undefined || !ts.isObjectLiteralExpression(given)) return undefined
  const property = given.properties.find((each) => each.name?.getText() === 'event')
  if (property === undefined || !ts.isPropertyAssignment(property)) return undefined
  return ts.isStringLiteral(property.initializer) ? property.initializer.text : undefined
}

const linesIn = (source: ts.SourceFile): readonly Line[] =>
  every(source, ts.isCallExpression).flatMap((call) => {
    const facts = call.arguments.at(-1)
    const [level, words] = call.arguments.slice(-3, -1)
    if (facts === undefined || level === undefined || words === undefined) return []
    const event = eventIn(facts)
    if (event === undefined) return []
    const text =
      ts.isExpressionStatement(call.parent) || ts.isArrowFunction(call.parent) ? wordsOf(words) : ''
    return text === '' ? [] : [{ event, levels: levelsIn(level), words: text }]
  })

const lineRows = (): readonly (readonly string[])[] => {
  const lines = sourcesIn('packages/server/src/node').flatMap(linesIn)
  const rows = lines
    .toSorted((a, b) => (a.event < b.event ? -1 : a.event > b.event ? 1 : 0))
    .map(({ event, levels, words }) => [`\`${event}\``, levels.join(', '), cell(words)])
  // Some are written by a server and by the process that starts several.
  return rows.filter((row, i) => rows.findIndex((other) => other.join() === row.join()) === i)
}

/** The whole page. */
export const eventsPage = (): string =>
  [
    head(
      'Events and the log',
      'packages/server/src',
      inOneLine(`What a server tells whoever listens (\`server.on\`), and which lines \`rtmp-server\` writes about it. [Hooks](hooks.md) are what an
        application is asked; \`GET /_/api/events\` sends events over HTTP as they happen.`),
    ),
    '## Events\n',
    `${table(['Event', 'When', 'Facts'], eventRows())}\n`,
    '## Lines of the log\n',
    `${inOneLine(`\`event\` of a line in JSON, the level from which it is written (\`log.level\`), and its words: \`{name}\` stands for what differs, \`[…]\` for what is there
      at times.
      Lines that a client can bring about as often as it likes are gathered. [How to read it](operations.md#reading-the-log).`)}\n`,
    `${table(['Event', 'Level', 'Words'], lineRows())}\n`,
  ].join('\n')
