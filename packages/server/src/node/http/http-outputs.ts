import type { HttpOptions } from '../../contract/http-options.ts'
import { flvOutput } from './flv/flv-output.ts'
import { hlsOutput } from './hls/hls-output.ts'
import type { HttpOutput } from './http-output.ts'
import type { HttpSubject } from './http-subject.ts'
import { obsOutput } from './obs/obs-output.ts'
import { pagesOutput } from './pages.ts'
import { postersOutput } from './posters/posters-output.ts'
import { recordedDownloads } from './recordings/recorded-downloads.ts'
import { recordingFiles } from './recordings/recording-files.ts'
import { rtmpOverWebSocket } from './web-socket-door.ts'

/** Everything that is served over HTTP beside health, metrics and the API: a line for each. */
export const httpOutputs = (subject: HttpSubject, options: HttpOptions): readonly HttpOutput[] => [
  options.webSocket === false ? {} : rtmpOverWebSocket(subject.core),
  flvOutput(subject, options),
  options.hls === false ? {} : hlsOutput(subject, options.hls),
  options.obs === false ? {} : obsOutput(subject, options.obs),
  options.posters === false ? {} : postersOutput(subject),
  options.pages === false ? {} : pagesOutput(),
  recordedDownloads(subject),
  recordingFiles(subject),
]
