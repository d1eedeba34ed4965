import { isUsageError } from '@rtmp/bytes'
import { isDirectoryError } from '@rtmp/cluster'
import { ConfigurationError } from './configuration-error.ts'
import { explainListenFailure } from './listen-failure.ts'
import type { ServerOptions } from './options.ts'

/** Ends a wrong command line, as of most programs. */
export const USAGE_EXIT_CODE = 2

/** What has kept a server from starting, for people. */
export const textOf = (error: unknown, rtmp: ServerOptions['rtmp']): string => {
  if (error instanceof ConfigurationError || isUsageError(error)) return error.message
  return isDirectoryError(error)
    ? `The directory of the cluster cannot be used: ${error.message}`
    : explainListenFailure(error, rtmp)
}

/** The status to end with, for what has kept a server from starting. */
export const statusOf = (error: unknown): number =>
  error instanceof ConfigurationError || isUsageError(error) ? USAGE_EXIT_CODE : 1
