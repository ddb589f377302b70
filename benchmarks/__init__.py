"""How fast, how large and how good our SGNS is beside gensim's: ``make bench``.

Each program measures one thing, prints it and saves it in this folder:

    speed          words per second beside gensim with two workers    sgns_speed.csv
    scaling        the same over corpus length, K and R               sgns_scaling.csv, .png
    whole          what the whole experiment costs, and would else    whole.csv
    limits         where the time of a step goes                      sgns_limits.csv
    memory         peak memory on a corpus of 100 million tokens      sgns_memory.csv
    corpora        time, memory, disk of the stages from 1 to 100 M   corpora.csv, .png
    quality        the vectors in the classifier, and on WordSim-353  sgns_quality.csv
    negatives      shared and independent negatives, and gensim's     sgns_negatives.csv
    learning_rate  one learning rate for every K                      sgns_learning_rate.csv
    usual          how the usual gain hangs on the learning rate      usual_lr.csv

Beside them, by hand: ``tuning``, how the classifier's hyper-parameters were chosen
(classifier_tuning.csv). ``speed`` starts ``train`` for each of its timings.

They need what the pipeline makes: run ``make repro`` first.
"""
