import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Longer inputs, and further ones, are not kept: the repository is cloned by everybody. */
const LONGEST = 1024
const MOST = 400

const fileOf = (target: string): string =>
  fileURLToPath(new URL(`../../corpora/${target}.txt`, import.meta.url))

/** Inputs of a target that once reached code which none before had reached: a line of base64 each, the shortest first. */
export const readCorpus = async (target: string): Promise<Uint8Array[]> => {
  const text = await readFile(fileOf(target), 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => (line === '' ? [] : [Buffer.from(line, 'base64')]))
}

/** Keeps inputs for a target in place of those that are kept. Says how many there are now. */
export const writeCorpus = async (target: string, inputs: readonly Uint8Array[]): Promise<number> => {
  const lines = new Set(
    inputs
      .filter(({ length }) => length > 0 && length <= LONGEST)
      .toSorted((a, b) => a.length - b.length || Buffer.compare(a, b))
      .map((input) => Buffer.from(input).toString('base64')),
  )
  const kept = [...lines].slice(0, MOST)
  await writeFile(fileOf(target), kept.map((line) => `${line}\n`).join(''))
  return kept.length
}
