import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Conversation } from './write-vectors.ts'

/**
 * Recorded conversations with servers that no registry has, so that they cannot be recorded anew everywhere: they stay
 * as they are.
 *
 * @param folder - The folder of the vectors.
 * @param recorded - Names of those that were recorded just now.
 */
export async function keptConversations(
  folder: string,
  recorded: ReadonlySet<string>,
): Promise<readonly Conversation[]> {
  const streams = join(folder, 'streams')
  const index = JSON.parse(await readFile(join(streams, 'index.json'), 'utf8')) as readonly Conversation[]
  return Promise.all(
    index
      .filter(({ name }) => !recorded.has(name))
      .map(async ({ name, client, version, role, peer, peerVersion, notes }) => ({
        name,
        client,
        version,
        role,
        peer,
        peerVersion,
        notes,
        c2s: await readFile(join(streams, `${name}.c2s.bin`)),
        s2c: await readFile(join(streams, `${name}.s2c.bin`)),
      })),
  )
}
