import type { StreamRegistry } from '@rtmp/live/engine'
import { cutPath, streamPath, type StreamPlace } from '@rtmp/message'

/**
 * Names that players put for one stream: Flash has a prefix for the kind of file, FFmpeg adds `mp4:` to names that end in
 * `.mp4` and takes `.flv` off.
 */
const PREFIX = /(^|\/)(?:mp4|flv|f4v|mp3):/
const ENDING = /\.(?:mp4|flv|f4v|m4v|mov)$/i
const PREFIXES = ['', 'mp4:', 'flv:']
const ENDINGS = ['', '.mp4', '.flv']

/**
 * The stream that is there under another form of the name that was asked for. The exact name goes first, then the bare
 * one, then those with a prefix or an ending; with none of them there it is the exact one.
 */
export const withoutAlias = (registry: StreamRegistry, asked: StreamPlace): StreamPlace => {
  const isThere = (app: string, name: string): boolean =>
    (registry.find(app, name)?.state ?? 'waiting') !== 'waiting'
  if (isThere(asked.app, asked.streamName)) return asked
  const unprefixed = cutPath(asked.path.replace(PREFIX, '$1'))
  const bare = unprefixed.streamName.replace(ENDING, '')
  for (const ending of ENDINGS) {
    for (const prefix of PREFIXES) {
      for (const name of new Set([unprefixed.streamName, bare])) {
        if (name === '') continue
        const streamName = `${prefix}${name}${ending}`
        if (isThere(unprefixed.app, streamName)) return cutPath(streamPath(unprefixed.app, streamName))
      }
    }
  }
  return asked
}

/** A place without the kind of file that players put before a name: of a recording, rules are asked about one path. */
export const withoutKind = ({ path }: StreamPlace): StreamPlace => cutPath(path.replace(PREFIX, '$1'))
