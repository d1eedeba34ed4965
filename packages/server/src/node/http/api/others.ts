import * as v from 'valibot'
import type { ApiAnswers } from '../../../contract/api-answers.ts'
import type { ApiParameter } from './operation.ts'

/** Something that is served beside the API, as the document says it. */
export interface OtherOperation {
  readonly id: string
  readonly tag: 'media' | 'pages' | 'health' | 'files'
  readonly method: 'GET' | 'POST'
  /** The whole path. `{path}` is that of a stream, `{name}` of a file. */
  readonly path: string
  readonly summary: string
  /** Whether only administrators may. */
  readonly isAdmin?: boolean
  readonly query?: Readonly<Record<string, ApiParameter>>
  /** The media types of a body that is taken. */
  readonly takes?: readonly string[]
  /** By status: what it means, and the media type or the JSON. */
  readonly answers: Readonly<
    Record<number, { readonly means: string; readonly type?: string; readonly json?: keyof ApiAnswers }>
  >
}

const whole = (most: number): v.GenericSchema<unknown, unknown> =>
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most))

/** 1 and 0, also in words. */
const yesOrNo: v.GenericSchema<unknown, unknown> = v.picklist(['1', '0'])

const WAIT: ApiParameter = {
  schema: whole(3600),
  description: 'Seconds to wait for the stream when it is absent.',
}

const TOKEN: ApiParameter = {
  schema: v.string(),
  description: 'For access rules that ask for a token; `Authorization: Bearer …` says the same.',
}

const PLAY_REFUSALS = {
  400: { means: 'A parameter is none that there is.' },
  403: { means: 'The access rules refuse.' },
  404: { means: 'There is no such stream now; `Retry-After` says when to ask again.' },
  503: { means: 'The server takes no more clients.' },
} as const

const DOWNLOAD: ApiParameter = { schema: v.literal(''), description: 'To be saved, not to be played.' }

const FILE_ANSWERS = {
  200: { means: 'The file.', type: 'video/*' },
  206: { means: 'A part of it.', type: 'video/*' },
  304: { means: 'It is as it was.' },
  404: { means: 'There is no such file.' },
  416: { means: 'It has no such part.' },
} as const

/** What is served beside the API. A test compares it with what is. */
export const OTHER_OPERATIONS: readonly OtherOperation[] = [
  {
    id: 'health',
    tag: 'health',
    method: 'GET',
    path: '/health',
    summary: 'The process is alive',
    answers: { 200: { means: 'It is.', json: 'health' } },
  },
  {
    id: 'ready',
    tag: 'health',
    method: 'GET',
    path: '/ready',
    summary: 'Whether new clients are taken',
    answers: {
      200: { means: 'They are.', json: 'ready' },
      503: { means: 'The server drains.', json: 'ready' },
    },
  },
  {
    id: 'getMetrics',
    tag: 'health',
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics for Prometheus',
    isAdmin: true,
    answers: { 200: { means: 'In its text format.', type: 'text/plain' } },
  },
  {
    id: 'watch',
    tag: 'pages',
    method: 'GET',
    path: '/{path}',
    summary: 'The page on which a stream is watched',
    query: { embed: { schema: v.literal(''), description: 'For a frame in a page of another site.' } },
    answers: { 200: { means: 'The page.', type: 'text/html' } },
  },
  {
    id: 'console',
    tag: 'pages',
    method: 'GET',
    path: '/_/console',
    summary: 'The page for administrators',
    answers: { 200: { means: 'The page.', type: 'text/html' } },
  },
  {
    id: 'goLive',
    tag: 'pages',
    method: 'GET',
    path: '/_/go-live',
    summary: 'The page that publishes a camera or a screen',
    answers: { 200: { means: 'The page.', type: 'text/html' } },
  },
  {
    id: 'getAsset',
    tag: 'pages',
    method: 'GET',
    path: '/_/assets/{name}',
    summary: 'What pages load',
    answers: { 200: { means: 'The file.', type: '*/*' }, 404: { means: 'There is no such file.' } },
  },
  {
    id: 'playFlv',
    tag: 'media',
    method: 'GET',
    path: '/{path}.flv',
    summary: 'A stream as FLV, to its end; a WebSocket at the same address brings the same bytes',
    query: {
      wait: WAIT,
      audio: { schema: yesOrNo, description: '`0`: no sound.' },
      video: { schema: yesOrNo, description: '`0`: no picture.' },
      track: { schema: whole(255), description: 'The video track that is sent alone, as track 0.' },
      audioTrack: { schema: whole(255), description: 'The audio track that is sent alone, as track 0.' },
      token: TOKEN,
    },
    answers: { 200: { means: 'FLV as it comes.', type: 'video/x-flv' }, ...PLAY_REFUSALS },
  },
  {
    id: 'publishFlv',
    tag: 'media',
    method: 'POST',
    path: '/{path}.flv',
    summary: 'Publishes the FLV of the body, as it comes',
    query: { token: TOKEN },
    takes: ['video/x-flv'],
    answers: {
      200: { means: 'The body has come to its end.', type: 'application/json' },
      400: { means: 'The body is no FLV.' },
      403: { means: 'The access rules refuse, or a page of this origin may not.' },
      408: { means: 'Nothing came for too long.' },
      409: { means: 'Somebody else publishes it.' },
      415: { means: 'The body says that it is something else.' },
      503: { means: 'The server takes no more clients.' },
    },
  },
  {
    id: 'playHls',
    tag: 'media',
    method: 'GET',
    path: '/{path}.m3u8',
    summary: 'A stream as HLS: the multivariant playlist',
    query: { wait: { ...WAIT, schema: whole(60) }, token: TOKEN },
    answers: { 200: { means: 'The playlist.', type: 'application/vnd.apple.mpegurl' }, ...PLAY_REFUSALS },
  },
  {
    id: 'getPoster',
    tag: 'media',
    method: 'GET',
    path: '/{path}.jpg',
    summary: 'The latest key frame of a stream as a picture',
    query: { token: TOKEN },
    answers: { 200: { means: 'The picture.', type: 'image/*' }, ...PLAY_REFUSALS },
  },
  {
    id: 'getHlsFile',
    tag: 'media',
    method: 'GET',
    path: '/_/hls/{name}',
    summary: 'What playlists name: media playlists, segments and parts',
    answers: { 200: { means: 'It.', type: '*/*' }, 404: { means: 'It is there no more, or not yet.' } },
  },
  {
    id: 'getRecording',
    tag: 'files',
    method: 'GET',
    path: '/_/recordings/{name}',
    summary: 'A finished recording, whole or in parts (`Range`)',
    isAdmin: true,
    query: { download: DOWNLOAD },
    answers: FILE_ANSWERS,
  },
  {
    id: 'downloadRecording',
    tag: 'media',
    method: 'GET',
    path: '/{path}.mp4',
    summary: 'A finished recording, below `vod/`, for whoever may play it; one in FLV is at `/{path}.flv`',
    query: { download: DOWNLOAD, token: TOKEN },
    answers: { ...PLAY_REFUSALS, ...FILE_ANSWERS },
  },
  {
    id: 'configureObs',
    tag: 'media',
    method: 'POST',
    path: '/_/obs/multitrack',
    summary: 'What OBS should send (Multitrack Video): the renditions for its computer, and where to',
    query: { app: { schema: v.string(), description: 'The app of the stream. Default `live`.' } },
    takes: ['application/json'],
    answers: {
      200: { means: 'The configuration, or what OBS shows to the person.', type: 'application/json' },
      400: { means: 'This is not what OBS asks.' },
    },
  },
]
