import { UsageError } from '@rtmp/bytes'

/** Whether a URL is that of FLV over HTTP or a WebSocket: `http(s)://` or `ws(s)://`. */
export const isFlvUrl = (url: string): boolean => /^(https?|wss?):\/\//i.test(url.trim())

/** A URL of FLV, and who asks for it. */
export interface FlvTarget {
  /** Without user and password. */
  readonly url: URL
  readonly webSocket: boolean
  readonly secure: boolean
  /** The value of `Authorization`, where there are credentials. */
  readonly authorization: string | undefined
}

/** @throws UsageError `RTMP_URL_INVALID` */
export const parseFlvUrl = (
  text: string,
  credentials: { readonly user?: string; readonly password?: string } = {},
): FlvTarget => {
  const trimmed = text.trim()
  if (!isFlvUrl(trimmed) || !URL.canParse(trimmed)) {
    throw new UsageError(
      'RTMP_URL_INVALID',
      'it is http://host/path.flv, https://…, ws://… or wss://…',
      'url',
    )
  }
  const url = new URL(trimmed)
  const user = credentials.user ?? decodeURIComponent(url.username)
  const password = credentials.password ?? decodeURIComponent(url.password)
  url.username = url.password = url.hash = ''
  return {
    url,
    webSocket: url.protocol.startsWith('ws'),
    secure: url.protocol === 'https:' || url.protocol === 'wss:',
    authorization: user === '' && password === '' ? undefined : `Basic ${base64(`${user}:${password}`)}`,
  }
}

const base64 = (text: string): string =>
  globalThis.btoa(String.fromCharCode(...new TextEncoder().encode(text)))
