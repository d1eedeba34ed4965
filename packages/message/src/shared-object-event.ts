/*
 * Events of a shared object (RTMP 1.0 §7.1.3), numbered from 1. Names are u16 length + UTF-8, values AMF with marker.
 *
 *    1  use             client → server    –
 *    2  release         client → server    –
 *    3  requestChange   client → server    name | value
 *    4  change          server → others    (name | value) once or more
 *    5  success         server → requester name                     (may be empty)
 *    6  sendMessage     both               handler string | arguments…   (all AMF values)
 *    7  status          server → client    code | level             (both as names)
 *    8  clear           server → client    –
 *    9  remove          server → others    name
 *   10  requestRemove   client → server    name
 *   11  useSuccess      server → client    –
 */

/** Names of the event types 1 to 11, in this order. */
export const SHARED_OBJECT_EVENT_KINDS = [
  'use',
  'release',
  'requestChange',
  'change',
  'success',
  'sendMessage',
  'status',
  'clear',
  'remove',
  'requestRemove',
  'useSuccess',
] as const

/** One property of a shared object and its value. */
export interface SharedObjectChange {
  /** Its name; at most 65 535 bytes of UTF-8. */
  readonly property: string
  /** Any value that AMF holds, in the plain view of `@rtmp/amf0`. */
  readonly value: unknown
}

/** An event of a shared object; `kind` is its name. */
export type SharedObjectEvent =
  /** Begin and end of use, and the server's answers to them. */
  | { readonly kind: 'use' | 'release' | 'clear' | 'useSuccess' }
  /** A client wants a property set. */
  | { readonly kind: 'requestChange'; readonly property: string; readonly value: unknown }
  /** Properties have been set. */
  | { readonly kind: 'change'; readonly changes: readonly SharedObjectChange[] }
  /** The requester's change was made; `undefined` when the server does not say which. */
  | { readonly kind: 'success'; readonly property: string | undefined }
  /** A property is gone, or a client wants it gone. */
  | { readonly kind: 'remove' | 'requestRemove'; readonly property: string }
  /** A call of a handler at every user of the object. */
  | { readonly kind: 'sendMessage'; readonly handler: string; readonly args: readonly unknown[] }
  /** A request failed. */
  | { readonly kind: 'status'; readonly code: string; readonly level: string }
  /** An event this package cannot read, kept so that it can be sent on unchanged. */
  | { readonly kind: 'unknown'; readonly eventType: number; readonly data: Uint8Array }
