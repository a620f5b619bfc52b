//! The pages: for keyboards, phones and screen readers, with nothing from elsewhere and no script in the page.

mod stage;

use scraper::{Html, Selector};
use stage::{Fault, Running, run};

async fn pages(story: &Running) -> Result<Vec<(String, reqwest::header::HeaderMap, String)>, Fault> {
    let job = story.post(&format!("{}/try/plain", story.places.thief), &[]).await?;
    let (web_app, spa, thief) = (&story.places.web_app, &story.places.spa, &story.places.thief);
    let callback = story.log_in("plain", "allow").await?;
    story.get(&callback).await?;
    let places = [
        format!("{web_app}/"),
        format!("{web_app}/?style=line"),
        format!("{web_app}/walk"),
        format!("{web_app}/walk/without-pkce"),
        format!("{web_app}/callback?code=%3Cscript%3E&state=x"),
        format!("{spa}/"),
        format!("{spa}/callback?code=%3Cscript%3E&state=x"),
        format!("{thief}/"),
        format!("{thief}{job}"),
        format!("{thief}/tried/nothing"),
    ];
    let mut pages = Vec::new();
    for place in places {
        let (_, headers, html) = story.get(&place).await?;
        pages.push((place, headers, html));
    }
    Ok(pages)
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    Selector::parse(selector).iter().flat_map(|selector| page.select(selector)).collect()
}

#[tokio::test]
async fn every_page_keeps_scripts_frames_and_strangers_out() -> Result<(), Fault> {
    let story = run().await?;
    for (place, headers, html) in pages(&story).await? {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let policy = header("content-security-policy");
        for directive in
            ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(policy.contains(directive), "{place}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{place}: {policy}");
        assert_eq!(
            (header("x-frame-options"), header("referrer-policy"), header("cache-control")),
            ("DENY", "no-referrer", "no-store")
        );
        let page = Html::parse_document(&html);
        for script in all(&page, "script") {
            assert!(script.attr("src").is_some() && script.text().all(|text| text.trim().is_empty()), "{place}");
        }
        for element in all(&page, "[src], link[href], img, iframe") {
            let source = element.attr("src").or(element.attr("href")).unwrap_or_default();
            assert!(source.starts_with('/') && !source.starts_with("//"), "{place}: {source}");
        }
        assert!(all(&page, "[style], style, [onclick], [onload], [onsubmit]").is_empty(), "{place}");
        let ours = [&story.issuer, &story.places.web_app, &story.places.spa, &story.places.resource, &story.places.thief];
        for rest in html.split("://").skip(1) {
            assert!(
                ours.iter().any(|origin| origin.split("://").nth(1).is_some_and(|host| rest.starts_with(host))),
                "{place}: {rest:.40}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_page_can_be_read_aloud_and_worked_by_keyboard() -> Result<(), Fault> {
    let story = run().await?;
    for (place, _, html) in pages(&story).await? {
        let page = Html::parse_document(&html);
        assert_eq!(all(&page, "html[lang=en]").len(), 1, "{place}");
        assert_eq!((all(&page, "h1").len(), all(&page, "main").len()), (1, 1), "{place}");
        assert!(all(&page, "title").iter().any(|title| title.text().any(|text| text.len() > 5)), "{place}");
        assert_eq!(all(&page, "meta[name=viewport]").len(), 1, "{place}");
        for input in all(&page, "input:not([type=hidden]), progress, select") {
            let id = input.attr("id").unwrap_or_default();
            assert_eq!(all(&page, &format!("label[for={id}]")).len(), 1, "{place}: {id}");
        }
        for target in all(&page, "button, a, summary") {
            assert!(target.text().any(|text| text.trim().len() > 3), "{place}: {}", target.html());
        }
        for svg in all(&page, "svg") {
            assert_eq!(svg.attr("aria-hidden"), Some("true"), "{place}");
        }
        let levels: Vec<_> = all(&page, "h1, h2, h3").iter().map(|it| it.value().name().to_owned()).collect();
        for pair in levels.windows(2) {
            assert!(pair != ["h1", "h3"], "{place}: {levels:?}");
        }
        let mut ids: Vec<_> = all(&page, "[id]").iter().filter_map(|it| it.attr("id")).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair.first() != pair.last()), "{place}: {ids:?}");
        assert!(!place.contains("?style") || html.contains(" aria-current=\"true\""), "{place}");
    }
    Ok(())
}

#[tokio::test]
async fn the_single_page_app_may_call_the_provider_and_the_api_and_nobody_else() -> Result<(), Fault> {
    let story = run().await?;
    let (_, headers, html) = story.get(&format!("{}/", story.places.spa)).await?;
    let policy = headers.get("content-security-policy").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let expected = format!("connect-src 'self' {} {};", story.issuer, story.places.resource);
    assert!(policy.contains(&expected), "{policy}");
    assert!(!html.contains(stage::SECRET));
    let (_, headers, script) = story.get(&format!("{}/spa.js", story.places.spa)).await?;
    assert_eq!(headers.get("content-type").map(|kind| kind.as_bytes()), Some(&b"text/javascript; charset=utf-8"[..]));
    assert!(!script.contains("://") && !script.contains("localStorage") && !script.contains("innerHTML"));
    Ok(())
}

#[tokio::test]
async fn the_api_lets_the_single_page_apps_origin_in_and_no_other() -> Result<(), Fault> {
    let story = run().await?;
    let allowed = async |origin: &str| {
        let request = story.web.request(reqwest::Method::OPTIONS, format!("{}/userinfo", story.places.resource));
        let request = request.header("origin", origin).header("access-control-request-method", "GET");
        let answer = request.header("access-control-request-headers", "authorization").send().await?;
        Ok::<_, Fault>(answer.headers().get("access-control-allow-origin").is_some_and(|it| it.as_bytes() == origin.as_bytes()))
    };
    assert!(allowed(&story.places.spa).await?);
    assert!(!allowed(&story.places.thief).await?);
    let refused = story.web.get(format!("{}/messages", story.places.resource)).send().await?;
    assert_eq!(refused.status(), 401);
    Ok(())
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing_here() -> Result<(), Fault> {
    let story = run().await?;
    for place in [&story.places.web_app, &story.places.spa] {
        let form = story.web.post(format!("{place}/watch")).form(&[("watch", "on")]).header("sec-fetch-site", "cross-site");
        assert_eq!(form.send().await?.status(), 303);
        let (_, _, home) = story.get(&format!("{place}/")).await?;
        assert!(!home.contains("Keep the thief out"), "{home}");
    }
    let attempt = story.web.post(format!("{}/try/plain", story.places.thief)).header("sec-fetch-site", "cross-site");
    assert_eq!(attempt.send().await?.status(), 404);
    Ok(())
}
