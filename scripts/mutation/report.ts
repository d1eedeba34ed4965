// What is printed of the faults of a package, and written to reports/.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { Fault } from './faults.ts'
import type { Found } from './search.ts'

export const isLeft = ({ outcome }: Found): boolean => outcome === 'survived' || outcome === 'unreached'

/** A line for each file, and below it one for each fault that nothing noticed. */
export const printFound = (root: string, found: readonly Found[]): void => {
  for (const file of new Set(found.map(({ fault }) => fault.file))) {
    const here = found.filter(({ fault }) => fault.file === file)
    const count = (outcome: Found['outcome']): number => here.filter((one) => one.outcome === outcome).length
    const left = here.filter(isLeft)
    console.log(
      `\n${relative(root, file)}: ${here.length} faults, ${count('failed') + count('endless')} noticed, ` +
        `${count('endless')} of them by never ending, ${left.length} left, ${count('unreached')} of them not reached`,
    )
    for (const { fault, outcome, isStatic } of left) {
      const how = [outcome, ...(isStatic ? ['static'] : [])].join(', ')
      console.log(`  ${fault.line}:${fault.column} ${fault.kind} (${how}): ${short(fault.original)}`)
      console.log(`      ${short(fault.replacement)}`)
    }
  }
}

/** All of it, for other programs. */
export const writeFound = (root: string, path: string, found: readonly Found[]): void => {
  mkdirSync(dirname(path), { recursive: true })
  const faults = found.map(({ fault, ...rest }) => ({
    ...fault,
    file: relative(root, fault.file),
    ...rest,
  }))
  writeFileSync(path, `${JSON.stringify(faults, undefined, 2)}\n`)
}

/** Whether a fault was left by the run that wrote a report; only of use as long as the sources are the same. */
export const leftOf = (root: string, path: string): ((fault: Fault) => boolean) => {
  const before = JSON.parse(readFileSync(path, 'utf8')) as readonly (Fault & Pick<Found, 'outcome'>)[]
  const left = new Set(
    before.filter(({ outcome }) => outcome === 'survived' || outcome === 'unreached').map(placeOf),
  )
  return (fault) => left.has(placeOf({ ...fault, file: relative(root, fault.file) }))
}

const placeOf = ({ file, line, column, kind, original, replacement }: Fault): string =>
  JSON.stringify([file, line, column, kind, original, replacement])

const short = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length <= 110 ? line : `${line.slice(0, 109)}…`
}
