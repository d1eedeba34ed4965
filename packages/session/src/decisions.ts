import { type StatusLevel, statusInfo } from '@rtmp/message'

/** What goes into the answer when a request is accepted. Each field says for which requests it counts. */
export interface AcceptDetails {
  /** connect: more properties of the first object (`fmsVer` and `capabilities` are there), E-RTMP fields for example. */
  readonly properties?: Readonly<Record<string, unknown>>
  /** connect, publish, play, seek: more properties of the status object. */
  readonly information?: Readonly<Record<string, unknown>>
  /** connect, publish, play, seek: text for people. */
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
  /** Text for people; some clients show it, legacy authentication is carried out in it. */
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
  /** Text for people. */
  readonly description?: string
}

/** The information object of a refusal. */
export const rejection = (
  details: RejectDetails,
  defaultCode: string,
  defaultDescription: string,
): Readonly<Record<string, unknown>> => {
  const { code = defaultCode, level, description = defaultDescription, redirect, information } = details
  return statusInfo(code, {
    ...(level === undefined ? {} : { level }),
    description,
    ...(redirect === undefined ? {} : { ex: { code: 302, redirect } }),
    ...information,
  })
}
