import type { JSX } from 'preact'

const PATHS = {
  play: 'M7 4.5v15l13-7.5z',
  pause: 'M6 4.5h4.2v15H6zm7.8 0H18v15h-4.2z',
  sound:
    'M3 9.5v5h3.6L12 19V5L6.6 9.5zM15 8.2v7.6a4.2 4.2 0 0 0 0-7.6zm0-4.4v2.1a6.4 6.4 0 0 1 0 12.2v2.1a8.5 8.5 0 0 0 0-16.4z',
  muted:
    'M3 9.5v5h3.6L12 19V5L6.6 9.5zM21.4 9.9 20 8.5l-2.1 2.1-2.1-2.1-1.4 1.4 2.1 2.1-2.1 2.1 1.4 1.4 2.1-2.1 2.1 2.1 1.4-1.4-2.1-2.1z',
  full: 'M4 4h6v2.2H6.2V10H4zm10 0h6v6h-2.2V6.2H14zM4 14h2.2v3.8H10V20H4zm13.8 0H20v6h-6v-2.2h3.8z',
  window: 'M3 5h18v6.5h-2.2V7.2H5.2v9.6h5.3V19H3zm9.5 8.5H21V19h-8.500z',
  copy: 'M8 3h12v13h-3v-2.200h.8V5.200h-7.600V6H8zM4 8h12v13H4zm2.200 2.200v8.600h7.600v-8.600z',
} as const

/** A sign of 20 pixels; what it means stands in words beside it or in the label of its button. */
export const Icon = ({ name }: { readonly name: keyof typeof PATHS }): JSX.Element => (
  <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" fill="currentColor">
    <path d={PATHS[name]} />
  </svg>
)
