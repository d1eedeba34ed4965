import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** What a stream looked like a moment ago. */
interface Picture {
  readonly address: string
  readonly isVideo: boolean
}

/** A picture of the stream until the first of its own is there; nothing where there is none. A server without FFmpeg gives a video of one picture. */
export const Poster = ({ url }: { readonly url: string }): JSX.Element | null => {
  const [picture, setPicture] = useState<Picture>()
  useEffect(() => {
    const gone = new AbortController()
    let address: string | undefined
    const load = async (): Promise<void> => {
      const response = await fetch(url, { signal: gone.signal })
      if (!response.ok) return
      const blob = await response.blob()
      if (gone.signal.aborted) return
      address = URL.createObjectURL(blob)
      setPicture({ address, isVideo: blob.type.startsWith('video/') })
    }
    // No picture is no fault.
    load().catch(() => {})
    return () => {
      gone.abort()
      if (address !== undefined) URL.revokeObjectURL(address)
    }
  }, [url])
  if (picture === undefined) return null
  return picture.isVideo ? (
    <video class="poster" src={picture.address} muted playsInline aria-hidden="true" />
  ) : (
    <img class="poster" src={picture.address} alt="" />
  )
}
