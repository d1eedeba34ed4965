import { constants, createReadStream } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CommandIo } from './command-io.ts'
import { CommandFailure, ExitCode } from '../../command/exit-code.ts'

/** Where bytes come from. */
export interface ByteSource {
  /** For people: the path, or `standard input`. */
  readonly name: string
  /** In bytes, where it is known beforehand. */
  readonly size: number | undefined
  /** Reads from the start. Standard input can be read once only. */
  open(): AsyncIterable<Uint8Array>
}

/** A file, or standard input for `-`. @throws CommandFailure when there is no such file */
export const byteSource = async (path: string, { stdin }: Pick<CommandIo, 'stdin'>): Promise<ByteSource> => {
  if (path === '-') return { name: 'standard input', size: undefined, open: () => stdin }
  const found = await stat(path).catch((error: unknown) => {
    throw fileFailure(error, path, 'read')
  })
  if (found.isDirectory()) throw new CommandFailure(ExitCode.file, `${path} is a folder; name a file in it.`)
  return {
    name: path,
    size: found.isFile() ? found.size : undefined,
    open: () => createReadStream(path, { highWaterMark: 1 << 18 }),
  }
}

/** Why a file cannot be used, in one sentence. */
export const fileFailure = (error: unknown, path: string, use: 'read' | 'written'): CommandFailure => {
  const code = (error as { code?: unknown } | undefined)?.code
  const why = (): string => {
    switch (code) {
      case 'ENOENT':
        return use === 'read'
          ? `There is no file ${path}; check its name.`
          : `The folder of ${path} does not exist; make it first.`
      case 'EACCES':
      case 'EPERM':
        return `This user may not ${use === 'read' ? 'read' : 'write'} ${path}; change its permissions or choose another file.`
      case 'EISDIR':
        return `${path} is a folder; name a file in it.`
      case 'ENOSPC':
        return `The disk is full: ${path} could not be written to the end.`
      default:
        return `${path} cannot be ${use}: ${error instanceof Error ? error.message : String(error)}.`
    }
  }
  return new CommandFailure(ExitCode.file, why(), { cause: error })
}

/** Fails when a file could not be written there, before anything else is begun. @throws CommandFailure */
export const checkOutput = async (path: string): Promise<void> => {
  try {
    await access(dirname(path), constants.W_OK)
    if ((await stat(path).catch(() => undefined))?.isDirectory() === true)
      throw Object.assign(new Error(), { code: 'EISDIR' })
  } catch (error) {
    throw fileFailure(error, path, 'written')
  }
}

/** Gives the same bytes again, with the first ones known. */
export const peekBytes = async (
  source: AsyncIterable<Uint8Array>,
  atLeast: number,
): Promise<{ readonly head: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> => {
  const iterator = source[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let size = 0
  while (size < atLeast) {
    const { done, value } = await iterator.next()
    if (done === true) break
    first.push(value)
    size += value.length
  }
  const all = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* first
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return { head: Buffer.concat(first), all: all() }
}
