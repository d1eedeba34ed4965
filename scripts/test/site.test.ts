// Links of the documents as the site has them: to a page that is there, or to the repository.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cellClass, markNames } from '../../site/.vitepress/cells.ts'
import { isPage, linkOnSite, RENAMED, repository } from '../../site/.vitepress/links.ts'
import { root } from '../package-metadata.ts'

const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter(isPage)
const addresses = new Set(pages.map((path) => `/${RENAMED[path] ?? path}`))

/** The links of a page, without those in its examples. */
const linksOf = (path: string): readonly string[] => {
  const text = readFileSync(join(root, path), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')
  return [...text.matchAll(/(?<!!\[[^\]]*)\]\(<?([^)\s>]+)>?\)/g)].map(([, link = '']) => link)
}

test.each(pages)('%s links to pages of the site, to the repository and to others', (path) => {
  const made = linksOf(path).map((link) => linkOnSite(path, link))
  const nowhere = made.filter(
    (link) => !/^(?:[a-z]+:|#)/i.test(link) && !addresses.has(link.split('#')[0] ?? ''),
  )
  expect(nowhere).toEqual([])
})

test('a README that is written for npm leads to the pages of the site', () => {
  const from = 'packages/amf0/README.md'
  expect(linkOnSite(from, `${repository}/tree/main/packages/amf3`)).toBe('/packages/amf3/README.md')
  expect(linkOnSite(from, `${repository}/blob/main/docs/hls.md#limits`)).toBe('/docs/hls.md#limits')
  expect(linkOnSite('docs/guides.md', '../examples/recipes/src/record.ts')).toBe(
    `${repository}/blob/main/examples/recipes/src/record.ts`,
  )
})

test('every page of docs/ stands in the side', () => {
  const config = readFileSync(join(root, 'site/.vitepress/config.ts'), 'utf8')
  const names = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3))
  expect(names.filter((name) => !config.includes(`', '${name}']`))).toEqual([])
})

test('ids, codes and names in tables are read whole, and prose is not squeezed', () => {
  expect(cellClass('R-001', true)).toBe('whole')
  expect(cellClass('`RTMP_HOST`', true)).toBe('whole')
  expect(cellClass('[`hls.segmentMs`](#hls)', true)).toBe('whole')
  expect(cellClass('a name of several words', true)).toBe('')
  expect(cellClass('`DecodeError`', false)).toBe('whole')
  expect(cellClass('packages/server/test/node/ports.test.ts', false)).toBe('')
  expect(cellClass('Tells what the peer does, and for how long it may go on to do so.', false)).toBe('prose')
  expect(cellClass('`rtmp.port` `--rtmp-port` `RTMP_PORT`', true)).toBe('names')
  expect(cellClass('`rtmp.port` and another', true)).toBe('')
  expect(cellClass('`GET /_/api/streams`', true)).toBe('call')
  expect(cellClass('', true)).toBe('')
})

test('no line ends within a name of code, and within a command it may', () => {
  const classed: string[] = []
  const code = (content: string): Parameters<typeof markNames>[0][number] => ({
    type: 'code_inline',
    content,
    children: null,
    attrJoin: (_, value) => classed.push(`${content}: ${value}`),
  })
  const line = [
    'EXT-X-INDEPENDENT-SEGMENTS',
    'npm run bench',
    'a-name-that-is-longer-than-a-line-of-a-phone',
  ].map(code)
  markNames([{ ...code(''), type: 'inline', children: line }])
  expect(classed).toEqual(['EXT-X-INDEPENDENT-SEGMENTS: name'])
})
