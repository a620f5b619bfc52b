use std::sync::Arc;

use grantor_core::{Swap, grant::Grant};

use crate::{
    Handles, Verdict,
    broken::ensure,
    kit::{Hands, Life, Request, Stored, requests, try_all},
};

/// Every grant comes back equal in every field, inserted or replaced, at every stage: no scope allowed, many resources,
/// 2 KiB of state, people with names in every script.
///
/// ST-11
///
/// # Errors
/// [`Broken`](crate::Broken), with the smallest request that shows it.
pub async fn a_grant_comes_back_equal_in_every_field(handles: &Handles) -> Verdict {
    try_all(requests(), async |request| comes_back(handles, request).await).await
}

async fn comes_back(handles: &Handles, request: &Request) -> Verdict {
    let forms = Life::of(request, Arc::new(Hands::now_real())).await?.forms;
    let mut before: Option<&Grant> = None;
    for (number, form) in forms.iter().enumerate() {
        match before {
            None => handles.get(number).insert(form.clone()).await?,
            Some(old) => {
                let swap = handles.get(number).replace(*old.version(), form.clone()).await?;
                ensure!(swap == Swap::Done, "a replace of the version that stands there was lost");
            }
        }
        let found = Stored::at(handles.get(number + 1), form.id()).await?;
        ensure!(found == Stored::of(form), "a grant that is {} came back changed, or not at all", form.stage().as_str());
        before = Some(form);
    }
    Ok(())
}
