/** Where a stream is, from the address of its page. */
export interface Addresses {
  readonly path: string
  readonly app: string
  readonly name: string
  readonly embedded: boolean
  /** What the page plays: WS-FLV, or HTTP-FLV with `?http`. */
  readonly stream: string
  readonly page: string
  /** HLS: recordings, and a live stream's last minutes. */
  readonly hls: string
  /** Whether it is played from a position on, so that there is a bar to go anywhere: a recording, or `?start=`. */
  readonly hasPositions: boolean
  readonly poster: string
  readonly flv: string
  readonly rtmp: string
  readonly embed: string
}

export const addressesOf = (location: Location): Addresses => {
  const pathname = location.pathname.replace(/\/+$/, '')
  const query = new URLSearchParams(location.search)
  const embedded = query.has('embed')
  const overHttp = query.has('http')
  query.delete('embed')
  query.delete('http')
  const search = query.size === 0 ? '' : `?${query}`
  const path = decoded(pathname).slice(1)
  const cut = path.lastIndexOf('/')
  const flv = `${location.origin}${pathname}.flv${search}`
  const hls = `${location.origin}${pathname}.m3u8${search}`
  return {
    path,
    hls,
    hasPositions: path.startsWith('vod/') || query.has('start'),
    poster: `${location.origin}${pathname}.jpg${search}`,
    app: cut < 0 ? '' : path.slice(0, cut),
    name: path.slice(cut + 1),
    embedded,
    stream: overHttp ? flv : flv.replace(/^http/, 'ws'),
    page: `${location.origin}${pathname}${search}`,
    flv,
    rtmp: `rtmp://${location.hostname}${pathname}${search}`,
    embed: `<iframe src="${location.origin}${pathname}${search === '' ? '?' : `${search}&`}embed" width="640" height="360" allow="autoplay; fullscreen; picture-in-picture" style="border:0"></iframe>`,
  }
}

/** A path as it is read; as it stands where it cannot be. */
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
