import type { Scenario } from '../scenario.ts'
import { scenarios as amf } from './amf.ts'
import { scenarios as chunk } from './chunk.ts'
import { scenarios as ertmp } from './ertmp.ts'
import { scenarios as flv } from './flv.ts'
import { scenarios as session } from './session.ts'

/** Every codec scenario, package by package. */
export const codecScenarios: readonly Scenario[] = [...amf, ...flv, ...ertmp, ...session, ...chunk]
