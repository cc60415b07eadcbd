-- One row per line of the files, 541,909 of them; the row's number in this table is its position.
-- Online Retail, UCI Machine Learning Repository (Chen, Sain, Guo), CC BY 4.0.
select *
from read_csv('**/*.csv*', all_varchar = true)
