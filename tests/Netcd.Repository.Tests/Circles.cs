namespace Netcd.RepositoryTests;

/// <summary>What depends on itself by way of others: the strongly connected parts of a graph (Tarjan's algorithm).</summary>
internal static class Circles
{
    /// <summary>The parts, each node in one.</summary>
    public static List<string[]> Of(IEnumerable<string> nodes, Func<string, IEnumerable<string>> next)
    {
        Search search = new(next);
        foreach (string node in nodes)
        {
            search.Visit(node);
        }

        return search.Parts;
    }

    private sealed class Search(Func<string, IEnumerable<string>> next)
    {
        private readonly Dictionary<string, int> order = [];
        private readonly Dictionary<string, int> lowest = [];
        private readonly Stack<string> open = [];

        public List<string[]> Parts { get; } = [];

        public void Visit(string node)
        {
            if (!order.TryAdd(node, order.Count))
            {
                return;
            }

            lowest[node] = order[node];
            open.Push(node);
            foreach (string other in next(node))
            {
                bool isNew = !order.ContainsKey(other);
                Visit(other);
                if (isNew || open.Contains(other))
                {
                    lowest[node] = Math.Min(lowest[node], lowest[other]);
                }
            }

            if (lowest[node] == order[node])
            {
                List<string> part = [];
                do
                {
                    part.Add(open.Pop());
                }
                while (part[^1] != node);
                Parts.Add([.. part.Order(StringComparer.Ordinal)]);
            }
        }
    }
}
