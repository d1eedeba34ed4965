// READMEs of packages in one shape, so that whoever knows one finds their way in all: the name, what it is, how it is installed, an
// example, what it does, and at the end the same sections in the same order. What lies between is the package's own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { published, root } from '../package-metadata.ts'

/** Sections that every package has, in this order. */
const SECTIONS = ['What it does', 'Errors', 'Limits', 'Runtimes', 'Neighbours']

describe.each(published)('@rtmp/%s', (name, folder) => {
  const text = readFileSync(join(root, folder, 'README.md'), 'utf8')

  test('begins with what it is, how it is installed, and an example', () => {
    const [before = '', ...after] = text.split(/^## /m)
    expect(before).toMatch(new RegExp(`^# @rtmp/${name}\\n\\n[A-Z\`][^\`#]`))
    const install = before.indexOf(`npm install @rtmp/${name}\n`)
    expect(install).toBeGreaterThan(0)
    expect(before.indexOf('```ts\n')).toBeGreaterThan(install)
    expect(after[0]).toMatch(/^What it does\n/)
  })

  test('has the sections of all packages, in order, and ends with its neighbours', () => {
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading)
    expect(headings.filter((heading) => SECTIONS.includes(heading))).toEqual(SECTIONS)
    expect(headings.at(-1)).toBe('Neighbours')
  })

  test('has something to say in each', () => {
    const empty = [...text.matchAll(/^## (.*)\n+(?=## |$(?![^]))/gm)].map(([, heading]) => heading)
    expect(empty).toEqual([])
  })
})
