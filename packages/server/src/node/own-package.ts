import { readFileSync } from 'node:fs'

/** This package's package.json, as far as it is told of. */
const manifest = (): { readonly version: string; readonly repository: { readonly url: string } } =>
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** The version in this package's package.json. */
export const packageVersion = (): string => manifest().version

/** Where a page of the documentation is, for who has this package and no checkout. */
export const pageAddress = (name: string): string =>
  `${manifest().repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/docs/${name}.md`
