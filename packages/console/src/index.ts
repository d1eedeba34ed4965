/**
 * The web pages of the server, as built static files: watching, administration, going live.
 *
 * @packageDocumentation
 */
export { readSite, type SiteFile } from './node/read-site.ts'
