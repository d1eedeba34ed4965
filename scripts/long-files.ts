import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The most lines a source file may have. */
const MOST_LINES = 350

/** Folders whose source files are held to it: all packages, and what is not a test beside them. */
const foldersOf = (root: string): string[] => [
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`),
  'packages/server/simulation',
  'bench/src',
  'fuzz/src',
  'interop/src',
  'testkit/src',
  'scripts',
]

/** The three readers, whose length is their being one state machine each. */
const EXCEPTIONS: ReadonlySet<string> = new Set([
  'packages/amf0/src/reader.ts',
  'packages/chunk/src/chunk-reader.ts',
  'packages/flv/src/flv-reader.ts',
])

/** Source files that hold more than one noun, to judge by their length: a line for each. */
export const longFiles = (root: string): string[] =>
  foldersOf(root)
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.tsx?$/.test(file))
        .map((file) => `${folder}/${file}`),
    )
    .flatMap((file) => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n').length - 1
      if (lines <= MOST_LINES || EXCEPTIONS.has(file)) return []
      return `${file}: has ${lines} lines, of ${MOST_LINES} at most; split it by what its nouns are`
    })
