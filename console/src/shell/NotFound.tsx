import { Link } from "@tanstack/react-router";
import { Empty } from "../ui/feedback.tsx";

export const NotFound = () => (
  <Empty title="There is no such page">
    <Link to="/">To do</Link> is where work begins.
  </Empty>
);
