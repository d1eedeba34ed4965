import type { Scenario } from '../scenario.ts'

/** Every codec scenario, package by package. */
export const codecScenarios: readonly Scenario[] = []
