use hedgerow::*;
use hedgerow_benches::*;
use std::hint::black_box;
fn main() {
    let d = data_folder().unwrap();
    let lists = PlainLists::read(&d.join("ut1")).unwrap();
    let real = stream::real_addresses(&d.join("urls")).unwrap();
    let a = stream::addresses(&real, &lists, 200000, 7);
    let c1 = Classifier::new(Ruleset::map("/tmp/ut1.hedge").unwrap());
    for _ in 0..20 {
        for x in &a {
            black_box(c1.classify(x).categories().len());
        }
    }
}
