// The words of a message as a reader of a registry meets them: what differs stands as a name, `{path}`, what is there only at times in
// brackets, and what is one of two things as `(this or that)`.
import ts from 'typescript'
import { declaredAs } from './source.ts'

/** What the parameters of a function that is looked into stand for. */
type Given = ReadonlyMap<string, ts.Expression>
const NOTHING_GIVEN: Given = new Map()

/** Methods that show what they are called on in another way, and functions that do so with their argument. */
const SHOWS_ITS_OBJECT = /^(?:join|toFixed|toString|toLocaleString|trim|slice|map|keys|values)$/
const SHOWS_ITS_ARGUMENT = /^(?:Math|JSON|Object|Number|Array)$/

/** A text with expressions inside, as a reader meets it. */
export const wordsOf = (node: ts.Expression): string => {
  if (ts.isConditionalExpression(node)) return `${wordsOf(node.whenTrue)}, or: ${wordsOf(node.whenFalse)}`
  const meant = ts.isIdentifier(node) ? declaredAs(node) : undefined
  if (meant !== undefined) return wordsOf(meant)
  // A whole message that is made elsewhere is called by what makes it.
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return named(node.expression.text)
  return shown(node, NOTHING_GIVEN)
}

/** Whether a message has words besides the names of what differs. */
export const hasWords = (words: string): boolean => /[a-z]/i.test(words.replaceAll(/`\{[^}]*\}`/g, ''))

/** A name in the text; constants, which shout, as others are written. */
const named = (name: string): string => {
  const quiet = /^[A-Z0-9_]+$/.test(name)
    ? name.toLowerCase().replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())
    : name
  return `\`{${quiet.replace(/^#/, '')}}\``
}

/** An expression inside a text. */
const shown = (node: ts.Expression, given: Given): string => {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node))
    return (
      node.head.text +
      node.templateSpans.map(({ expression, literal }) => shown(expression, given) + literal.text).join('')
    )
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node))
    return shown(node.expression, given)
  if (ts.isConditionalExpression(node)) return either(node, given)
  if (ts.isBinaryExpression(node)) return ofTwo(node, given)
  if (ts.isCallExpression(node)) return called(node, given)
  if (ts.isIdentifier(node)) return identified(node, given)
  if (ts.isPropertyAccessExpression(node))
    return named(/^(?:length|size|byteLength)$/.test(node.name.text) ? 'count' : node.name.text)
  if (ts.isElementAccessExpression(node)) return shown(node.expression, given)
  if (ts.isTypeOfExpression(node)) return named('type')
  if (ts.isObjectLiteralExpression(node)) return named(node.properties[0]?.name?.getText() ?? '…')
  return '…'
}

const identified = (node: ts.Identifier, given: Given): string => {
  const argument = given.get(node.text)
  if (argument !== undefined) return shown(argument, NOTHING_GIVEN)
  const meant = declaredAs(node)
  const isText =
    meant !== undefined &&
    (ts.isStringLiteralLike(meant) || ts.isTemplateExpression(meant) || ts.isConditionalExpression(meant))
  if (meant !== undefined && ts.isNumericLiteral(meant)) return Number(meant.text).toLocaleString('en')
  return isText ? shown(meant, given) : named(node.text)
}

const either = ({ condition, whenTrue, whenFalse }: ts.ConditionalExpression, given: Given): string => {
  const [one, other] = [shown(whenTrue, given), shown(whenFalse, given)]
  // Errors are nearly always errors.
  if (condition.getText().endsWith('instanceof Error')) return one
  return alternatives(one, other)
}

const alternatives = (one: string, other: string): string => {
  // The same, in brackets of its own or not: addresses of IPv6 and IPv4.
  if (one.replace(/^\[(.*)\]$/, '$1') === other) return other
  if (one !== '' && other !== '') return `(${one.trim()} or ${other.trim()})`
  const some = one + other
  return some === '' ? '' : `${/^\s/.exec(some)?.[0] ?? ''}[${some.trim()}]`
}

const ofTwo = (node: ts.BinaryExpression, given: Given): string => {
  const [one, other] = [shown(node.left, given), shown(node.right, given)]
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.PlusToken:
      return ts.isNumericLiteral(node.right) ? one : one + other
    case ts.SyntaxKind.SlashToken:
      // Milliseconds that are shown as seconds.
      return one.replace(/Ms\}`$/, '}`')
    case ts.SyntaxKind.QuestionQuestionToken:
    case ts.SyntaxKind.BarBarToken:
      return /^…?$/.test(other) ? one : alternatives(one, other)
    default:
      return one
  }
}

const called = (node: ts.CallExpression, given: Given): string => {
  const { expression: callee, arguments: values } = node
  const [first] = values.filter((value) => !ts.isNumericLiteral(value))
  if (ts.isPropertyAccessExpression(callee)) {
    if (SHOWS_ITS_ARGUMENT.test(callee.expression.getText()) && first !== undefined)
      return shown(first, given)
    if (SHOWS_ITS_OBJECT.test(callee.name.text)) return shown(callee.expression, given)
    return named(callee.name.text)
  }
  if (!ts.isIdentifier(callee)) return '…'
  const made = declaredAs(callee)
  const told = values.filter((value) => !ts.isNumericLiteral(value) && !/^[A-Z_]+$/.test(value.getText()))
  if (made !== undefined && ts.isArrowFunction(made)) {
    if (ts.isBlock(made.body)) return named(callee.text)
    const inside = shown(made.body, parametersOf(made, values, given))
    if (hasWords(inside) || ts.isCallExpression(made.body)) return inside
  }
  return told.length === 1 && told[0] !== undefined ? shown(told[0], given) : named(callee.text)
}

/** The values of a call by the names that the function has for them. */
const parametersOf = (made: ts.ArrowFunction, values: readonly ts.Expression[], outer: Given): Given =>
  new Map(
    made.parameters.flatMap(({ name }, i) => {
      const value = values[i]
      if (value === undefined || !ts.isIdentifier(name)) return []
      return [[name.text, ts.isIdentifier(value) ? (outer.get(value.text) ?? value) : value] as const]
    }),
  )
