/**
 * Text of strangers, made fit to be shown. Runs anywhere.
 *
 * @packageDocumentation
 */
export { LONGEST_SHOWN, shownJson, shownText } from './shown-text.ts'
