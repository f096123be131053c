using System.Diagnostics;
using System.Globalization;
using Netcd.Fuzzing;
using Netcd.Fuzzing.Live;
using Netcd.Fuzzing.Siege;

const string Usage = """
    usage:
      run [TARGET] [--minutes N] [--seed S] [--program FILE]
                                              makes inputs for a target, or for all in turn; ends at the first that shows a fault
                                              (--program: targets that attack a server attack one of that program)
      replay TARGET HEX                       tries one input
      list                                    names the targets
      siege --program FILE [--beside FILE] [--minutes N] [--only WORDS] [--tls] [--users]
                                              attacks a cluster of that program while clients work (--beside: one of another program too;
                                              --tls: by TLS; --users: with users and tokens)
    """;

return args switch
{
    ["list"] => List(),
    ["replay", var name, var hex] => Replay(name, hex),
    ["run", ..] => Hunt(args[1..]),
    ["siege", ..] => await SiegeAsync(args[1..]),
    [GoodClients.Command, ..] => await GoodClients.ServeAsync(args[1..]),
    _ => Fail(Usage),
};

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 2;
}

static int List()
{
    foreach (string name in FuzzTargets.Names)
    {
        Console.WriteLine(name);
    }

    return 0;
}

static int Replay(string name, string hex)
{
    using IFuzzTarget? target = FuzzTargets.Make(name);
    if (target is null)
    {
        return Fail($"no target {name}");
    }

    Fuzzer fuzzer = new(target);
    if (fuzzer.Try(Convert.FromHexString(hex)) is { } finding)
    {
        Console.WriteLine(finding);
        return 1;
    }

    Console.WriteLine(fuzzer.Accepted == 1 ? "accepted" : "refused");
    return 0;
}

static int Hunt(string[] arguments)
{
    double minutes = 1;
    int seed = Random.Shared.Next();
    List<string> names = [];
    for (int i = 0; i < arguments.Length; i++)
    {
        switch (arguments[i])
        {
            case "--minutes" when i + 1 < arguments.Length:
                minutes = double.Parse(arguments[++i], CultureInfo.InvariantCulture);
                break;
            case "--seed" when i + 1 < arguments.Length:
                seed = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
                break;
            case "--program" when i + 1 < arguments.Length:
                LiveServer.Program = arguments[++i];
                break;
            case var name when FuzzTargets.Names.Contains(name):
                names.Add(name);
                break;
            default:
                return Fail(Usage);
        }
    }

    names = names.Count == 0 ? [.. FuzzTargets.Names] : names;
    bool isClean = true;
    foreach (string name in names)
    {
        isClean &= HuntOne(name, seed, TimeSpan.FromMinutes(minutes / names.Count));
    }

    return isClean ? 0 : 1;
}

static async Task<int> SiegeAsync(string[] arguments)
{
    (string? program, string? beside, double minutes, string only) = (null, null, 10, "");
    (bool hasTls, bool hasUsers) = (false, false);
    for (int i = 0; i < arguments.Length; i++)
    {
        switch (arguments[i])
        {
            case "--program" when i + 1 < arguments.Length:
                program = arguments[++i];
                break;
            case "--beside" when i + 1 < arguments.Length:
                beside = arguments[++i];
                break;
            case "--minutes" when i + 1 < arguments.Length:
                minutes = double.Parse(arguments[++i], CultureInfo.InvariantCulture);
                break;
            case "--tls":
                hasTls = true;
                break;
            case "--users":
                hasUsers = true;
                break;
            case "--only" when i + 1 < arguments.Length:
                only = arguments[++i];
                break;
            default:
                return Fail(Usage);
        }
    }

    List<Attack> attacks = [.. SiegeCommand.AllAttacks.Where(attack => attack.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
    if (program is null || attacks.Count == 0)
    {
        return Fail(program is null ? Usage : $"no attack is named {only}");
    }

    bool isClean = await new SiegeCommand(program, TimeSpan.FromMinutes(minutes), attacks, hasTls, hasUsers).RunAsync();
    if (beside is not null)
    {
        // What the other program suffers is told and decides nothing.
        await new SiegeCommand(beside, TimeSpan.FromMinutes(minutes), attacks, hasTls, hasUsers).RunAsync();
    }

    return isClean ? 0 : 1;
}

static bool HuntOne(string name, int seed, TimeSpan time)
{
    using IFuzzTarget target = FuzzTargets.Make(name)!;
    Fuzzer fuzzer = new(target);
    Stopwatch watch = Stopwatch.StartNew();
    Finding? finding = fuzzer.RunCorpus() ?? fuzzer.Run(seed, _ => watch.Elapsed > time);
    Console.WriteLine(
        $"{name}: seed {seed}, {fuzzer.Inputs} inputs, {fuzzer.Accepted} accepted, {(finding is null ? "no fault" : "FAULT")}");
    if (finding is not null)
    {
        Console.WriteLine(finding);
    }

    return finding is null;
}
