/** What happened and what to do. What was not changed is said by the place that shows it. */
export interface ProblemText {
  what: string;
  todo: string;
}
