import { dialog, plan } from "../../state/plan";
import { CompareDialog } from "./CompareDialog";
import { ConflictDialog } from "./ConflictDialog";
import { AnswerDialog, BranchDialog, PaperDialog } from "./PaperDialogs";
import { RebaseDialog } from "./RebaseDialog";
import { StepDialog } from "./StepDialog";
import { SuggestDialog } from "./SuggestDialog";

/** The window that is open over the plan; a conflict comes before everything. */
export function PlanWindows() {
  if (plan.value === null) return null;
  return (
    <>
      <Window />
      <ConflictDialog />
    </>
  );
}

function Window() {
  const open = dialog.value;
  const close = (): void => void (dialog.value = null);
  switch (open?.kind) {
    case "suggest":
      return <SuggestDialog scope={open.scope} close={close} />;
    case "compare":
      return <CompareDialog close={close} />;
    case "rebase":
      return <RebaseDialog close={close} />;
    case "branch":
      return <BranchDialog close={close} />;
    case "paper":
      return <PaperDialog close={close} />;
    case "answer":
      return <AnswerDialog paper={open.paper} close={close} />;
    case "step":
      return <StepDialog action={open.action} close={close} />;
    default:
      return null;
  }
}
