// A release, up to where the world would see it: versions and changelogs, tarballs, and their publication in a registry on the
// loopback. In a folder of its own: the checkout stays as it is. The packages must be built.
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { manifestOf, published, root } from '../package-metadata.ts'
import { LocalRegistry } from './local-registry.ts'
import { bin, run } from './run.ts'

/** What packages are developed with and are never published by itself. */
const UNPUBLISHED = ['testkit', 'settings'] as const

/** Where files lie whose names change with their content. */
const HASHED_IN = ['dist/command', 'dist/bundled', 'dist/site']
const HASHED = /[\w.-]+?-[A-Z0-9]{8}\.\w+/g

/**
 * Takes away what an earlier build has left: turbo's cache gives files back and leaves others where they are. A release is made of a
 * fresh clone, which has none. What a file with an ordinary name leads to stays.
 */
const removeLeftovers = async (folder: string): Promise<void> => {
  if (!existsSync(folder)) return
  const names = await readdir(folder)
  const isHashed = (name: string): boolean => name.search(HASHED) === 0
  const kept = new Set(names.filter((name) => !isHashed(name)))
  for (const name of kept) {
    const text = name.endsWith('.br') ? '' : await readFile(join(folder, name), 'utf8')
    for (const [named] of text.matchAll(HASHED))
      for (const each of [named, `${named}.br`]) if (names.includes(each)) kept.add(each)
  }
  for (const name of names) if (!kept.has(name)) await rm(join(folder, name))
}

/** Copies what a release is made of. */
const copyWhatIsReleased = async (stage: string): Promise<void> => {
  await mkdir(join(stage, 'packages'), { recursive: true })
  for (const name of ['package.json', 'pnpm-workspace.yaml', 'LICENSE', '.changeset', 'scripts/release']) {
    await cp(join(root, name), join(stage, name), { recursive: true })
  }
  for (const name of UNPUBLISHED) {
    await mkdir(join(stage, name))
    await cp(join(root, name, 'package.json'), join(stage, name, 'package.json'))
  }
  for (const [, folder] of published) {
    const { files, dependencies, devDependencies } = manifestOf(folder)
    if (!existsSync(join(root, folder, 'dist')))
      throw new Error(`${folder} is not built: npx turbo run build`)
    for (const name of ['package.json', 'README.md', ...files.filter((file) => !file.startsWith('!'))]) {
      await cp(join(root, folder, name), join(stage, folder, name), { recursive: true })
    }
    for (const hashed of HASHED_IN) await removeLeftovers(join(stage, folder, hashed))
    // Where pnpm looks for the versions that `workspace:^` stands for.
    await mkdir(join(stage, folder, 'node_modules/@rtmp'), { recursive: true })
    for (const dependency of Object.keys({ ...dependencies, ...devDependencies })) {
      const own = [...published, ...UNPUBLISHED.map((name) => [name, name] as const)]
      const [, other] = own.find(([name]) => dependency === `@rtmp/${name}`) ?? []
      if (other !== undefined)
        await symlink(join(stage, other), join(stage, folder, 'node_modules', dependency))
    }
  }
}

const version = async (stage: string): Promise<void> => {
  // Changelogs name the commit in which a changeset came.
  const identity = [
    '-c',
    'user.name=rehearsal',
    '-c',
    'user.email=rehearsal@localhost',
    '-c',
    'commit.gpgsign=false',
  ]
  await run('git', ['init', '--quiet', '--initial-branch=main'], stage)
  await run('git', ['add', '.changeset'], stage)
  await run('git', [...identity, 'commit', '--quiet', '--message', 'Rehearse a release'], stage)
  await run(process.execPath, [join(root, 'scripts/release/version.mjs')], stage)
}

/** What a release would be. */
export interface Rehearsal {
  readonly registry: LocalRegistry
  /** Where it was made: the packages with their versions and changelogs. */
  readonly stage: string
}

/**
 * Makes versions, packs and publishes.
 *
 * @param scratch - A folder for everything; whoever gives it takes it away, and closes the registry.
 * @param byNpm - Of which packages `npm publish` is run; it takes a second each. The others are put into the registry as it would.
 */
export const rehearse = async (scratch: string, byNpm: (name: string) => boolean): Promise<Rehearsal> => {
  const stage = join(scratch, 'stage')
  const tarballs = join(scratch, 'tarballs')
  await copyWhatIsReleased(stage)
  await version(stage)
  await mkdir(tarballs)
  await run(bin('pnpm'), ['-r', '--filter', './packages/*', 'pack', '--pack-destination', tarballs], stage)
  const registry = await LocalRegistry.open()
  await writeFile(join(tarballs, '.npmrc'), registry.npmrc)
  for (const [name, folder] of published) {
    const manifest = JSON.parse(await readStaged(stage, `${folder}/package.json`)) as { version: string }
    const tarball = join(tarballs, `rtmp-${name}-${manifest.version}.tgz`)
    if (byNpm(name))
      await run('npm', ['publish', tarball, '--access', 'public', '--loglevel=error'], tarballs)
    else
      registry.keep(
        await readFile(tarball),
        JSON.parse(await run('tar', ['-xzOf', tarball, 'package/package.json'], scratch)),
      )
  }
  return { registry, stage }
}

/** A file of the release as it was made. */
export const readStaged = (stage: string, path: string): Promise<string> =>
  readFile(join(stage, path), 'utf8')
