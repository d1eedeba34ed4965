import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InvalidArgumentError } from 'commander'
import { folders } from '../../scripts/layers.ts'

/** The name under which another checkout takes part. */
export const BASELINE = 'baseline'

/** A checkout's server command, as built. */
export const serverBin = (checkout: string): string => join(checkout, 'packages/server/dist/command/bin.js')

/**
 * A checkout that can take part: its root.
 *
 * @throws InvalidArgumentError when it is not built
 */
export const checkedBaseline = (folder: string): string => {
  const checkout = resolve(folder)
  const bin = serverBin(checkout)
  if (!existsSync(bin))
    throw new InvalidArgumentError(`There is no ${bin}; run "npm run build" in that checkout first.`)
  return checkout
}

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string } | string>>
}

/** Where a checkout has the built module of `@rtmp/…`. By folder, since packages change their names. */
export const builtModule = async (checkout: string, specifier: string): Promise<string> => {
  const [, name = '', ...rest] = specifier.split('/')
  const folder = join(checkout, 'packages', folders[name] ?? name)
  const { exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
  const entry = exports[rest.length === 0 ? '.' : `./${rest.join('/')}`]
  if (entry === undefined || typeof entry === 'string')
    throw new Error(`${specifier} is not exported in ${checkout}`)
  return pathToFileURL(join(folder, entry.default)).href
}
