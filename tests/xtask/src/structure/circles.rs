//! Circles in a graph of uses.

use std::collections::VecDeque;

use super::tree::Use;

/// Returns one circle for each strongly connected group of nodes: the shortest one through the group's first node.
pub(crate) fn circles(nodes: usize, uses: &[Use]) -> Vec<Vec<&Use>> {
    let mut found: Vec<Vec<&Use>> = Vec::new();
    let mut in_a_circle = vec![false; nodes];
    for node in 0..nodes {
        if in_a_circle[node] {
            continue;
        }
        if let Some(circle) = shortest(node, uses) {
            // A node that this one leads to and that leads back belongs to the same group.
            let (forward, backward) = (reached(node, nodes, uses, false), reached(node, nodes, uses, true));
            for other in 0..nodes {
                in_a_circle[other] |= forward[other] && backward[other];
            }
            found.push(circle);
        }
    }
    found
}

/// Returns the shortest path from a node back to itself.
fn shortest(node: usize, uses: &[Use]) -> Option<Vec<&Use>> {
    let mut queue: VecDeque<Vec<&Use>> =
        uses.iter().filter(|it| it.from == node).map(|it| vec![it]).collect();
    let mut seen = Vec::new();
    while let Some(way) = queue.pop_front() {
        let at = way.last()?.to;
        if at == node {
            return Some(way);
        }
        if seen.contains(&at) {
            continue;
        }
        seen.push(at);
        queue.extend(uses.iter().filter(|it| it.from == at).map(|next| [&way[..], &[next]].concat()));
    }
    None
}

fn reached(node: usize, nodes: usize, uses: &[Use], backward: bool) -> Vec<bool> {
    let mut reached = vec![false; nodes];
    let mut queue = vec![node];
    while let Some(at) = queue.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            queue.extend(uses.iter().filter_map(|it| {
                let (from, to) = if backward { (it.to, it.from) } else { (it.from, it.to) };
                (from == at).then_some(to)
            }));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[(usize, usize)]) -> Vec<Vec<(usize, usize)>> {
        let uses: Vec<_> = pairs.iter().map(|&(from, to)| Use { from, to, line: 0 }).collect();
        let circles = circles(6, &uses);
        circles.iter().map(|circle| circle.iter().map(|it| (it.from, it.to)).collect()).collect()
    }

    #[test]
    fn layers_have_no_circle() {
        assert_eq!(found(&[(0, 1), (0, 2), (1, 2), (2, 3)]), [] as [Vec<(usize, usize)>; 0]);
    }

    #[test]
    fn a_group_is_shown_once_by_its_shortest_circle() {
        let circles = found(&[(0, 1), (1, 2), (2, 0), (1, 0), (3, 4), (4, 3), (2, 3)]);
        assert_eq!(circles, [vec![(0, 1), (1, 0)], vec![(3, 4), (4, 3)]]);
    }
}
