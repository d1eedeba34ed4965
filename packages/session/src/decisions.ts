import { shownText } from '@rtmp/bytes/text'
import { type StatusDetails, type StatusLevel, statusInfo } from '@rtmp/message'

/** Where the description of a status is cut, in UTF-16 units: names of streams and the words of other servers stand in it. */
const LONGEST_DESCRIPTION = 1000

/**
 * A status for a client. Its description goes through `shownText` of `@rtmp/bytes/text`, since clients show it and names that strangers
 * have chosen stand in it; everything else in it is data, and sent as it is.
 */
export const statusFor = (code: string, details: StatusDetails = {}): Readonly<Record<string, unknown>> => {
  const info = statusInfo(code, details)
  const { description } = info
  return typeof description === 'string'
    ? { ...info, description: shownText(description, LONGEST_DESCRIPTION) }
    : info
}

/** What goes into the answer when a request is accepted. Each field says for which requests it counts. */
export interface AcceptDetails {
  /** connect: more properties of the first object (`fmsVer` and `capabilities` are there), E-RTMP fields for example. */
  readonly properties?: Readonly<Record<string, unknown>>
  /** connect, publish, play, seek: more properties of the status object. */
  readonly information?: Readonly<Record<string, unknown>>
  /** connect, publish, play, seek: text for people, cut after 1000 UTF-16 units; line ends and other controls are sent as escapes. */
  readonly description?: string
  /** play: the stream is recorded; the player is told so. Default false. */
  readonly recorded?: boolean
  /** play: what `|RtmpSampleAccess` grants, or `false` to leave that message out. Default both. */
  readonly sampleAccess?: false | { readonly audio: boolean; readonly video: boolean }
  /** command: the values returned. */
  readonly values?: readonly unknown[]
}

/** What goes into the answer when a request is refused. */
export interface RejectDetails {
  /** Status code. Default by request: Connect.Rejected, Publish.Denied, Play.StreamNotFound, Play.Failed, Seek.Failed, Call.Failed. */
  readonly code?: string
  /** Default: what the code means, `'error'` for all of the above. */
  readonly level?: StatusLevel
  /** Text for people, as in {@link AcceptDetails}; some clients show it, legacy authentication is carried out in it. */
  readonly description?: string
  /** URL to go to instead, sent as `ex: { code: 302, redirect }`. */
  readonly redirect?: string
  /** More properties of the status object. */
  readonly information?: Readonly<Record<string, unknown>>
  /** Whether the connection ends with it. Default true for connect and publish, false for the others. */
  readonly close?: boolean
}

/** How `endPublish` and `endPlay` tell the peer. */
export interface EndDetails {
  /** Status code. Default `NetStream.Unpublish.Success` for a publish, `NetStream.Play.Stop` for a play. */
  readonly code?: string
  /** Text for people, as in {@link AcceptDetails}. */
  readonly description?: string
}

/** The information object of a refusal. */
export const rejection = (
  details: RejectDetails,
  defaultCode: string,
  defaultDescription: string,
): Readonly<Record<string, unknown>> => {
  const { code = defaultCode, level, description = defaultDescription, redirect, information } = details
  return statusFor(code, {
    ...(level === undefined ? {} : { level }),
    description,
    ...(redirect === undefined ? {} : { ex: { code: 302, redirect } }),
    ...information,
  })
}
