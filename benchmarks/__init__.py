"""How fast and how good our SGNS is, and how far it reaches: ``make bench``.

Each program measures one thing, prints it and saves it in this folder:

    speed          words per second beside gensim with two workers    sgns_speed.csv
    whole          what the whole experiment costs, and would else    whole.csv
    negatives      shared and independent negatives, and gensim's     sgns_negatives.csv
    learning_rate  one learning rate for every K                      sgns_learning_rate.csv
    shared         a training on several cores and machines           shared_*.csv
    corpora        time, memory and disk by length of text            corpora.csv, corpora.png
    usual          how the usual gain hangs on the learning rate      usual_lr.csv

``speed`` starts ``train`` for each of its timings.

They need what the pipeline makes: run ``make repro`` first.
"""
