// Before the browser tests: the server that they play from.
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { startLiveFlvServer } from './live-flv-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** `http://127.0.0.1:…` */
    readonly liveFlv: string
  }
}

const setup = async (project: TestProject): Promise<() => void> => {
  const server = await startLiveFlvServer(fileURLToPath(new URL('../../../../media', import.meta.url)))
  project.provide('liveFlv', server.origin)
  return server.close
}

export default setup
