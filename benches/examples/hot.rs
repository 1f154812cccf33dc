use hedgerow::*;
use hedgerow_benches::*;
use std::hint::black_box;
use std::time::Instant;
fn main() {
    let d = data_folder().unwrap();
    let lists = PlainLists::read(&d.join("ut1")).unwrap();
    let real = stream::real_addresses(&d.join("urls")).unwrap();
    let a = stream::addresses(&real, &lists, 200000, 7);
    let s = lists::discover(&[d.join("ut1")], None).unwrap();
    let go = |noexp: bool| {
        let mut c = Compiler::new();
        let mut s = s.clone();
        if noexp {
            s.lists.retain(|l| !l.name.ends_with("expressions"));
        }
        c.record_lines(false);
        c.add_sources(&s, &mut ()).unwrap();
        Classifier::new(Ruleset::open(c.finish_to_vec().unwrap().0).unwrap())
    };
    let c1 = go(false);
    let c2 = go(true);
    for _ in 0..3 {
        let t = Instant::now();
        for x in &a {
            black_box(url::Url::parse(x).is_ok());
        }
        println!("url {:?}", t.elapsed() / 200000);
        let t = Instant::now();
        for x in &a {
            black_box(CanonicalUrl::parse(x).is_ok());
        }
        println!("canon {:?}", t.elapsed() / 200000);
        let us: Vec<_> = a
            .iter()
            .filter_map(|x| CanonicalUrl::parse(x).ok())
            .collect();
        let t = Instant::now();
        for x in &us {
            black_box(address::unwrap(x).is_some());
        }
        println!("unwrap {:?}", t.elapsed() / 200000);
        let t = Instant::now();
        for x in &a {
            black_box(c1.classify(x).is_listed());
        }
        println!("classify {:?}", t.elapsed() / 200000);
        let t = Instant::now();
        for x in &a {
            black_box(c2.classify(x).is_listed());
        }
        println!("classify noexp {:?}", t.elapsed() / 200000);
        let t = Instant::now();
        for x in &a {
            black_box(c2.classify(x).categories().len());
        }
        println!("classify noexp cats {:?}", t.elapsed() / 200000);
    }
}
