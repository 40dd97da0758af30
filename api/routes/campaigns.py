"""Inspection campaigns, grid by grid. Off by default (`WANGGE_CAMPAIGNS`)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.deps import CampaignsOnDep, SameAccountDep, SessionDep
from api.schemas.events import (
    CampaignClosed,
    CampaignDocument,
    CampaignEdited,
    CampaignMade,
    CampaignMark,
    CampaignReopened,
    Campaigns,
    MarkAnswer,
    MineCampaigns,
)
from layers.usecases.campaigns import changing, making, marks, progress

router = APIRouter(tags=["campaigns"], dependencies=[CampaignsOnDep])
CampaignId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/api/campaigns")
def campaigns(session: SessionDep) -> Campaigns:
    """Return the campaigns of one's area with how far they are."""
    return Campaigns(**progress.list_campaigns(session))


@router.post("/api/campaigns", status_code=201, dependencies=[SameAccountDep])
def make(given: CampaignMade, session: SessionDep) -> CampaignDocument:
    """Make a campaign."""
    return CampaignDocument(
        **making.add_campaign(session, making.CampaignDraft(**given.model_dump()))
    )


@router.get("/api/campaigns/mine")
def mine(session: SessionDep) -> MineCampaigns:
    """Return the checklists of one's own grids."""
    return MineCampaigns(**marks.my_campaigns(session))


@router.get("/api/campaigns/{campaign}")
def show(campaign: CampaignId, session: SessionDep) -> CampaignDocument:
    """Return a campaign grid by grid."""
    return CampaignDocument(**progress.campaign_document(session, campaign))


@router.patch("/api/campaigns/{campaign}", dependencies=[SameAccountDep])
def edit(campaign: CampaignId, given: CampaignEdited, session: SessionDep) -> CampaignDocument:
    """Change a campaign; marks stay with the items they were made on."""
    said = given.model_dump()
    if given.items is not None:
        said["items"] = [changing.Line(**line.model_dump()) for line in given.items]
    return CampaignDocument(
        **changing.edit_campaign(session, campaign, changing.CampaignEdit(**said))
    )


@router.post("/api/campaigns/{campaign}/close", dependencies=[SameAccountDep])
def close(campaign: CampaignId, given: CampaignClosed, session: SessionDep) -> CampaignDocument:
    """Close a campaign as done or cancelled; what phones wrote before is still taken."""
    found = changing.close_campaign(session, campaign, given.ending, given.reason, given.revision)
    return CampaignDocument(**found)


@router.post("/api/campaigns/{campaign}/reopen", dependencies=[SameAccountDep])
def reopen(campaign: CampaignId, given: CampaignReopened, session: SessionDep) -> CampaignDocument:
    """Open a closed campaign again."""
    return CampaignDocument(
        **changing.reopen_campaign(session, campaign, given.reason, given.revision)
    )


@router.post("/api/campaign-marks", status_code=201, dependencies=[SameAccountDep])
def mark(given: CampaignMark, session: SessionDep, response: Response) -> MarkAnswer:
    """Take a mark: 201, and 200 when it is sent again; the latest by its own time holds."""
    found, fresh = marks.take_mark(session, marks.Mark(**given.model_dump()))
    response.status_code = 201 if fresh else 200
    return MarkAnswer(**found)
