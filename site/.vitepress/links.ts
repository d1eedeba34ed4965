// Where links of the repository's documents lead on the site: to its pages where the target is one, and else to the repository, since
// sources and folders are no pages.
import { existsSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { manifestOf, root } from '../../scripts/package-metadata.ts'

const { url } = manifestOf('.')['repository'] as { url: string }

/** The repository's address. */
export const repository = url.replace(/^git\+|\.git$/g, '')

/** What is for people who work on the repository, or generated. Globs, as VitePress takes them. */
export const EXCLUDED = [
  '**/node_modules/**',
  '**/dist/**',
  '.changeset/**',
  '.github/**',
  'bench/**',
  'fuzz/**',
  'interop/**',
  'testkit/**',
  'reports/**',
  '**/api/*.api.md',
  '**/CHANGELOG.md',
]

const NO_PAGES =
  /(?:^|\/)(?:node_modules|dist)\/|^(?:\.changeset|\.github|bench|fuzz|interop|testkit|reports)\/|\.api\.md$|(?:^|\/)CHANGELOG\.md$/

/** Pages that are called otherwise on the site. */
export const RENAMED: Readonly<Record<string, string>> = {
  'site/index.md': 'index.md',
  'site/start.md': 'start.md',
}

/** Whether a file of the repository is a page. */
export const isPage = (path: string): boolean => path.endsWith('.md') && !NO_PAGES.test(path)

/** A page's address on the site. */
const addressOf = (path: string): string => `/${RENAMED[path] ?? path}`

/** The file or folder of the repository that a link leads to; `undefined` when it leads elsewhere. */
const targetOf = (from: string, link: string): string | undefined => {
  const inForge = /^\/(?:blob|tree)\/main\/(.*)$/.exec(
    link.startsWith(repository) ? link.slice(repository.length) : '',
  )
  if (inForge !== null) return inForge[1]
  if (/^[a-z][a-z0-9+.-]*:|^\/|^$/i.test(link)) return undefined
  return posix.normalize(posix.join(posix.dirname(from), link))
}

/**
 * A link of a document, as the site has it.
 *
 * @param from - The document, from the root of the repository: `docs/guides.md`.
 * @param href - As it is written there.
 * @throws Error when there is no such file
 */
export const linkOnSite = (from: string, href: string): string => {
  const [link = '', ...fragments] = href.split('#')
  const target = targetOf(from, link)
  if (target === undefined) return href
  const fragment = fragments.length === 0 ? '' : `#${fragments.join('#')}`
  const path = join(root, target)
  if (!existsSync(path)) throw new Error(`${from} links to ${href}: there is no ${target}`)
  const isFolder = statSync(path).isDirectory()
  const page = isFolder ? posix.join(target, 'README.md') : target
  if (isPage(page) && existsSync(join(root, page)))
    return addressOf(page) + (fragment === '#readme' ? '' : fragment)
  return `${repository}/${isFolder ? 'tree' : 'blob'}/main/${target.replace(/\/$/, '')}${fragment}`
}
