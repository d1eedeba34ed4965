import type { Amf0Object, Amf0Plain } from '@rtmp/amf0'
import { type FlvMetadata, readMetadata } from './metadata.ts'
import type { FourCcName } from './rules.ts'
import type { ScriptData } from './script-data.ts'

/** Script data that mean something by their name. Everything else is `'other'`, and is passed on as it is. */
export type ScriptEvent =
  | { readonly kind: 'metadata'; readonly metadata: FlvMetadata }
  /** onCuePoint (FLV Annex A of older versions; Flash Media Server): a mark in time. */
  | {
      readonly kind: 'cuePoint'
      readonly name: string
      /** Seconds, as the sender says; the tag's timestamp is the time on the stream. */
      readonly time?: number
      /** `'event'` or `'navigation'`, or what was given. */
      readonly type?: string
      readonly parameters: Amf0Plain
      readonly properties: Amf0Object
    }
  /** onTextData: a line of text, a subtitle. */
  | {
      readonly kind: 'text'
      readonly text: string
      readonly language?: string
      readonly trackId?: number
      readonly properties: Amf0Object
    }
  /** onCaption and onCaptionInfo: closed captions; `data` is base64 of CEA-708, or a WebVTT text. */
  | {
      readonly kind: 'caption'
      readonly type?: string
      readonly data?: string
      readonly properties: Amf0Object
    }
  /** onFI: date and time of the frames that follow, as texts ("19-11-2026", "10:58:03:12"). */
  | {
      readonly kind: 'timecode'
      readonly date?: string
      readonly time?: string
      readonly properties: Amf0Object
    }
  /** onXMPData: an XMP document as a text. */
  | { readonly kind: 'xmp'; readonly xml: string }
  /** Splice information (SCTE 35), by a name that says so. */
  | { readonly kind: 'scte35'; readonly properties: Amf0Object }
  | { readonly kind: 'other' }

const text = (properties: Amf0Object, ...names: readonly string[]): string | undefined => {
  const found = names.map((name) => properties[name]).find((value) => typeof value === 'string')
  return found as string | undefined
}

const number = (properties: Amf0Object, ...names: readonly string[]): number | undefined => {
  for (const name of names) {
    const value = properties[name]
    const given = typeof value === 'string' && value !== '' ? Number(value) : value
    if (typeof given === 'number' && Number.isFinite(given)) return given
  }
  return undefined
}

/** An object without the properties that are undefined. */
const defined = <T extends object>(value: T): T => {
  for (const key of Object.keys(value) as (keyof T)[]) if (value[key] === undefined) delete value[key]
  return value
}

/** What script data mean. Never fails; what does not have the usual form is `'other'`. */
export const readScriptEvent = (data: ScriptData, fourCcName?: FourCcName): ScriptEvent => {
  const value = data.values[0]
  if (data.name === 'onMetaData') return { kind: 'metadata', metadata: readMetadata(value, fourCcName) }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'other' }
  const properties = value as Amf0Object
  if (/scte-?35/i.test(data.name)) return { kind: 'scte35', properties }
  switch (data.name) {
    case 'onCuePoint': {
      const time = number(properties, 'time')
      const type = text(properties, 'type')
      const name = text(properties, 'name') ?? ''
      return defined({
        kind: 'cuePoint',
        name,
        time,
        type,
        parameters: properties['parameters'],
        properties,
      }) as ScriptEvent
    }
    case 'onTextData': {
      const line = text(properties, 'text')
      if (line === undefined) return { kind: 'other' }
      const language = text(properties, 'language')
      const trackId = number(properties, 'trackid', 'trackId')
      return defined({ kind: 'text', text: line, language, trackId, properties }) as ScriptEvent
    }
    case 'onCaption':
    case 'onCaptionInfo': {
      const type = text(properties, 'type')
      return defined({ kind: 'caption', type, data: text(properties, 'data'), properties }) as ScriptEvent
    }
    case 'onFI': {
      const date = text(properties, 'sd')
      return defined({
        kind: 'timecode',
        date,
        time: text(properties, 'st', 'tc'),
        properties,
      }) as ScriptEvent
    }
    case 'onXMPData': {
      const xml = text(properties, 'liveXML')
      return xml === undefined ? { kind: 'other' } : { kind: 'xmp', xml }
    }
    default:
      return { kind: 'other' }
  }
}
