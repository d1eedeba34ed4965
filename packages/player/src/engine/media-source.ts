// Which Media Source Extensions there are: those that everybody has, or Safari's managed ones on an iPhone.

/** A constructor of media sources, in a page or in a worker. */
export interface MediaSourceMaker {
  new (): MediaSource
  isTypeSupported(type: string): boolean
  readonly canConstructInDedicatedWorker?: boolean
}

interface MseScope {
  readonly MediaSource?: MediaSourceMaker
  readonly ManagedMediaSource?: MediaSourceMaker
}

/** What this page or worker has; `undefined` where it can play nothing. */
export const mediaSourceMaker = ():
  | { readonly maker: MediaSourceMaker; readonly managed: boolean }
  | undefined => {
  const { MediaSource, ManagedMediaSource } = globalThis as MseScope
  if (MediaSource !== undefined) return { maker: MediaSource, managed: false }
  if (ManagedMediaSource !== undefined) return { maker: ManagedMediaSource, managed: true }
  return undefined
}

/** Whether the browser says that it plays a type. */
export const isPlayable = (mimeType: string): boolean =>
  mediaSourceMaker()?.maker.isTypeSupported(mimeType) === true
