// The documentation as a site: the repository's own files, in an order for readers. Loads nothing from anywhere else and follows nobody.
import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { type DefaultTheme, defineConfig } from 'vitepress'
import { published, root } from '../../scripts/package-metadata.ts'
import { markCells, markNames } from './cells.ts'
import { EXCLUDED, linkOnSite, RENAMED, repository } from './links.ts'

const docs = (...names: readonly (readonly [text: string, name: string])[]): DefaultTheme.SidebarItem[] =>
  names.map(([text, name]) => ({ text, link: `/docs/${name}` }))

const sidebar: DefaultTheme.SidebarItem[] = [
  {
    text: 'Begin',
    items: [{ text: 'In 60 seconds', link: '/start' }, ...docs(['Installing', 'installing'])],
  },
  {
    text: 'Guides',
    items: docs(
      ['By task', 'guides'],
      ['Ingest, access, callbacks', 'access'],
      ['Recording', 'recording'],
      ['HLS and LL-HLS', 'hls'],
      ['OBS and its ladder', 'obs'],
      ['Many cores and machines', 'scaling'],
      ['Migrating', 'migrating'],
      ['Running it for months', 'operations'],
    ).concat({ text: 'Examples', link: '/examples/README' }),
  },
  {
    text: 'In a program',
    items: docs(
      ['Hooks', 'hooks'],
      ['Registrations by port', 'registrations'],
      ['Calls and shared objects', 'calls'],
      ['States', 'states'],
      ['Architecture', 'architecture'],
      ['Conformance', 'conformance'],
      ['Simulation', 'simulation'],
    ),
  },
  {
    text: 'Look up',
    items: [
      ...docs(
        ['Configuration', 'configuration'],
        ['The HTTP port', 'http-api'],
        ['Error codes', 'error-codes'],
        ['Events and the log', 'events'],
        ['Metrics', 'metrics'],
        ['What is tolerated', 'tolerated'],
        ['Security', 'security'],
        ['Performance', 'performance'],
        ['Parity', 'parity'],
        ['Other programs', 'peers'],
        ['Under attack', 'abuse'],
        ['How the tests are tested', 'mutation'],
        ['Decisions', 'decisions/README'],
      ),
      ...(existsSync(`${root}/site/api`) ? [{ text: 'Every export', link: '/api/' }] : []),
    ],
  },
  {
    text: 'On the wire',
    collapsed: true,
    items: [
      ...docs(
        ['RTMP', 'wire/rtmp'],
        ['Enhanced RTMP', 'wire/ertmp'],
        ['FLV', 'wire/flv'],
        ['AMF', 'wire/amf'],
      ),
      { text: 'Vectors', link: '/vectors/README' },
    ],
  },
  {
    text: 'Packages',
    collapsed: true,
    items: published.map(([name, folder]) => ({ text: `@rtmp/${name}`, link: `/${folder}/README` })),
  },
]

export default defineConfig({
  title: 'RTMP for TypeScript',
  description:
    'Every layer of RTMP and Enhanced RTMP v2 as its own small package, and a server and client made of them',
  srcDir: '..',
  srcExclude: EXCLUDED,
  rewrites: { ...RENAMED, 'site/api/:path*': 'api/:path*' },
  outDir: 'dist',
  cacheDir: '.vitepress/cache',
  cleanUrls: true,
  // The list of all pages once, and not in each of the thousand.
  metaChunk: true,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // Every other link that leads nowhere fails the build.
  ignoreDeadLinks: 'localhostLinks',
  markdown: {
    html: false,
    // What is HTML in them: words for who edits them, and names of headings.
    config: (md) => {
      md.core.ruler.before('normalize', 'html', (state) => {
        state.src = state.src
          .replaceAll(/<!--[\s\S]*?-->/g, '')
          .replaceAll(/^(#+ )<a id="([^"]+)"><\/a>(.*)$/gm, '$1$3 {#$2}')
      })
      md.core.ruler.push('cells', ({ tokens }) => {
        markCells(tokens)
        markNames(tokens)
      })
      md.core.ruler.push('links', ({ tokens, env }) => {
        const { path, realPath = path } = env as { readonly path: string; readonly realPath?: string }
        const from = relative(root, realPath)
        if (from.startsWith('site/api/')) return
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null
          if (href !== null) token.attrSet('href', linkOnSite(from, href))
        }
      })
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        // Who searches a word wants to read of it first, and then where it is a property.
        miniSearch: { searchOptions: { boostDocument: (id: string) => (id.startsWith('/api/') ? 0.1 : 1) } },
      },
    },
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/docs/guides' },
      { text: 'Configuration', link: '/docs/configuration' },
      { text: 'Packages', link: '/packages/server/README' },
      // A page of its own, not one of VitePress: see scripts/site.mjs.
      { text: 'FLV inspector', link: '/inspector/index.html', target: '_self' },
    ],
    sidebar,
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/:path`, text: 'Edit this page' },
    outline: [2, 3],
    footer: { message: 'MIT licence' },
  },
})
