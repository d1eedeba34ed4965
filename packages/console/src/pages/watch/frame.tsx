import type { ComponentChildren, JSX } from 'preact'
import type { Addresses } from './addresses.ts'
import { Share } from './share.tsx'

interface FrameProps {
  readonly addresses: Addresses
  readonly badge: string
  readonly isLive?: boolean
  /** How the stream itself can be had over HTTP. */
  readonly over: 'HTTP-FLV' | 'HLS'
  readonly children: ComponentChildren
}

/** What stands around the picture: its name above, its addresses below. Embedded, it stands alone. */
export const Frame = ({ addresses, badge, isLive = false, over, children }: FrameProps): JSX.Element => (
  <div class={addresses.embedded ? 'watch embedded' : 'watch'}>
    {!addresses.embedded && (
      <header class="bar">
        <h1 class="name">
          {addresses.app !== '' && <span class="app">{addresses.app} / </span>}
          {addresses.name}
        </h1>
        <span class={isLive ? 'badge live' : 'badge'}>{badge}</span>
      </header>
    )}
    <main>
      {children}
      {!addresses.embedded && <Share addresses={addresses} over={over} />}
    </main>
  </div>
)
