// The documentation as a site: the repository's own files, in an order for readers. Loads nothing from anywhere else and follows nobody.
import { existsSync } from 'node:fs'
import { type DefaultTheme, defineConfig } from 'vitepress'
import { manifestOf, published, root } from '../../scripts/package-metadata.ts'

const { url } = manifestOf('.')['repository'] as { url: string }
const page = url.replace(/^git\+|\.git$/g, '')

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
    ),
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
        ['Error codes', 'error-codes'],
        ['Events and the log', 'events'],
        ['Metrics', 'metrics'],
        ['What is tolerated', 'tolerated'],
        ['Security', 'security'],
        ['Performance', 'performance'],
        ['Parity', 'parity'],
        ['Other programs', 'peers'],
        ['Under attack', 'abuse'],
        ['Decisions', 'decisions/README'],
      ),
      ...(existsSync(`${root}/site/api`) ? [{ text: 'Every export', link: '/site/api/README' }] : []),
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
  srcExclude: [
    '**/node_modules/**',
    '**/dist/**',
    '.changeset/**',
    '.github/**',
    'bench/**',
    'fuzz/**',
    'interop/**',
    'testkit/**',
    '**/CHANGELOG.md',
    'site/dist/**',
  ],
  rewrites: { 'site/index.md': 'index.md', 'site/start.md': 'start.md' },
  outDir: 'dist',
  cacheDir: '.vitepress/cache',
  cleanUrls: true,
  // Links to sources and folders are for the repository; scripts/test/links.test.ts looks at all of them.
  ignoreDeadLinks: [(link) => !/\.md$|^\/|^\.\/index/.test(link) || !link.endsWith('.md')],
  markdown: {
    html: false,
    // What is HTML in them: words for who edits them, and names of headings.
    config: (md) => {
      md.core.ruler.before('normalize', 'html', (state) => {
        state.src = state.src
          .replaceAll(/<!--[\s\S]*?-->/g, '')
          .replaceAll(/^(#+ )<a id="([^"]+)"><\/a>(.*)$/gm, '$1$3 {#$2}')
      })
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/docs/guides' },
      { text: 'Configuration', link: '/docs/configuration' },
      { text: 'Packages', link: '/packages/server/README' },
    ],
    sidebar,
    socialLinks: [{ icon: 'github', link: page }],
    editLink: { pattern: `${page}/edit/main/:path`, text: 'Edit this page' },
    outline: [2, 3],
    footer: { message: 'MIT licence' },
  },
})
