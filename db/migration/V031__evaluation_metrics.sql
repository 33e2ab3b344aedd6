-- Which measures of rankings a run has, by their names; runs that are there have the usual ones.
alter table evaluation_runs add column metrics json not null default
  '["ndcg@10","recall@10","recall@100","precision@10","mrr@10","map","hit@1","all_found@5"]';
