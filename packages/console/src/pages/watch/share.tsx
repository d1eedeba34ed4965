import type { JSX } from 'preact'
import { CopyLine } from '../shared/copy-line.tsx'
import type { Addresses } from './addresses.ts'

/** Where else the stream can be had. */
export const Share = ({
  addresses,
  over,
}: {
  readonly addresses: Addresses
  readonly over: 'HTTP-FLV' | 'HLS'
}): JSX.Element => (
  <details class="share">
    <summary>Share and other players</summary>
    <div class="share-lines">
      <CopyLine label="This page" text={addresses.page} />
      <CopyLine label="VLC, ffplay" text={addresses.rtmp} />
      <CopyLine label={over} text={over === 'HLS' ? addresses.hls : addresses.flv} />
      <CopyLine label="In another page" text={addresses.embed} />
    </div>
  </details>
)
