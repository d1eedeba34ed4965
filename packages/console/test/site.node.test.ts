// The pages as they are built: everything they load is there, they load nothing else, and they are small.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { readSite, type SiteFile } from '../src/index.ts'

let site: ReadonlyMap<string, SiteFile>

beforeAll(() => {
  // As it was built last: others may be reading it now.
  if (readSite().size === 0)
    execFileSync(process.execPath, [fileURLToPath(new URL('../src/build-site.mjs', import.meta.url))])
  site = readSite()
}, 120_000)

const text = (name: string): string => new TextDecoder().decode(site.get(name)?.bytes)

/** A file and everything that it imports at once, by name. */
const loadedBy = (name: string, found: Set<string> = new Set()): Set<string> => {
  if (found.has(name)) return found
  found.add(name)
  for (const [, imported = ''] of text(name).matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g))
    loadedBy(imported, found)
  return found
}

test.each([
  ['watch.html', 20_000],
  ['console.html', 48_000],
  ['go-live.html', 78_000],
])('%s loads what is there and nothing from elsewhere, at most %i bytes', (name, budget) => {
  const html = text(name)
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address)
  expect(addresses.filter((address) => !address.startsWith('/_/assets/'))).toEqual(['data:,'])
  const assets = addresses
    .filter((address) => address.startsWith('/_/assets/'))
    .map((address) => address.slice(10))
  expect(assets).toHaveLength(2)
  const files = new Set(assets.flatMap((asset) => [...loadedBy(asset)]))
  for (const file of files) expect([file, site.has(file)]).toEqual([file, true])
  const bytes = [...files].reduce((sum, file) => {
    const { bytes: whole, brotli } = site.get(file) ?? { bytes: new Uint8Array(0), brotli: undefined }
    return sum + (brotli ?? whole).length
  }, 0)
  console.log(`${name}: ${bytes} of ${budget} bytes`)
  expect(bytes).toBeLessThanOrEqual(budget)
})

test('the README says what they take', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ')
  const compressed = (names: Iterable<string>): number =>
    [...names].reduce((sum, name) => {
      const { bytes, brotli } = site.get(name) ?? { bytes: new Uint8Array(0), brotli: undefined }
      return sum + (brotli ?? bytes).length
    }, 0)
  const assetsOf = (page: string): Set<string> => {
    const addresses = [...text(page).matchAll(/(?:src|href)="\/_\/assets\/([^"]*)"/g)]
    return new Set(addresses.flatMap(([, asset = '']) => [...loadedBy(asset)]))
  }
  const [, worker = ''] = /name="player-worker" content="\/_\/assets\/([^"]+)"/.exec(text('watch.html')) ?? []
  const measured = {
    'watch page': compressed(assetsOf('watch.html')),
    'and its worker': compressed(loadedBy(worker)),
    console: compressed(assetsOf('console.html')),
    'go-live page': compressed(assetsOf('go-live.html')),
  }
  for (const [what, bytes] of Object.entries(measured)) {
    const said = Number(new RegExp(`${what} (\\d+) kB`).exec(readme)?.[1])
    expect(Math.abs(said - bytes / 1000), `${what}: ${said} kB, measured ${bytes}`).toBeLessThanOrEqual(1.5)
  }
  const held = [...site.values()].reduce(
    (sum, { bytes, brotli }) => sum + bytes.length + (brotli?.length ?? 0),
    0,
  )
  const said = Number(/some ([\d.]+) MB/.exec(readme)?.[1])
  expect(Math.abs(said - held / 1e6), `${said} MB, measured ${held}`).toBeLessThanOrEqual(0.15)
})

test('the worker of the player is among them, and is named in the pages', () => {
  const [, worker = ''] = /name="player-worker" content="\/_\/assets\/([^"]+)"/.exec(text('watch.html')) ?? []
  expect(site.get(worker)?.type).toBe('text/javascript; charset=utf-8')
  // Its module has effects, so the build must not leave it out.
  expect([...loadedBy(worker)].reduce((sum, name) => sum + text(name).length, 0)).toBeGreaterThan(50_000)
})

test('pages have no script or style in themselves, which their policy forbids', () => {
  for (const name of ['watch.html', 'console.html', 'go-live.html']) {
    expect(text(name)).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=/)
  }
})
