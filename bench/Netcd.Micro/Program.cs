using Netcd.Micro;

const string Usage = """
    netcd-micro: what the hot pieces cost, each alone

    netcd-micro list                 names the benchmarks
    netcd-micro run [NAME...]        runs those whose name contains one of these words, or all
    netcd-micro compare [NAME...]    runs them, those that are marked twice, and compares with bench/results/micro.json: the exit code
                                     is 1 where one takes more than 1.5 times as long, or allocates more
    netcd-micro baseline             runs all twice and writes bench/results/micro.json and micro.md
    """;

string results = Path.Combine(Sources.Bench, "results", "micro.json");
string[] words = args.Length > 1 ? args[1..] : [];
switch (args.FirstOrDefault())
{
    case "list":
        foreach (string name in MicroRun.Names())
        {
            Console.WriteLine(name);
        }

        return 0;
    case "run":
        return MicroRun.Run(words).Count > 0 ? 0 : 1;
    case "compare":
        return Compare(words.Length == 0 ? [] : [.. words, Yardstick.Name]);
    case "baseline":
        // Twice, since a figure that is too high would hide what comes later.
        IReadOnlyList<Figure> first = MicroRun.Run([]);
        IReadOnlyList<Figure> second = MicroRun.Run([]);
        if (first.Count == 0 || second.Count == 0)
        {
            return 1;
        }

        Baseline.Of(Figure.Least(first, second)).Write(results);
        return 0;
    default:
        Console.WriteLine(Usage);
        return args is ["help" or "--help" or "-h"] ? 0 : 2;
}

int Compare(string[] names)
{
    Baseline before = Baseline.Read(results);
    IReadOnlyList<Figure> figures = MicroRun.Run(names);
    (string text, IReadOnlyList<string> marked) = Comparison.Of(before, figures);
    if (marked.Count > 0)
    {
        // What is slower by chance will hardly be so a second time.
        figures = Figure.Least(figures, MicroRun.Run([.. marked, Yardstick.Name]));
        (text, marked) = Comparison.Of(before, figures);
    }

    Console.WriteLine(text);
    return figures.Count > 0 && marked.Count == 0 ? 0 : 1;
}
